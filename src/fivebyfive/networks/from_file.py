"""A user's own network, ``FILE.py:NAME``: a class, a function that makes one, or a module that is there already.

Constructor arguments are written ``FILE.py:NAME(32, depth=4)``, literals only: they are read, never run. What is known
of the pictures (height, width, channels, classes) is passed where the class has an argument of that name.
"""

import ast
import hashlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from fivebyfive.errors import Failure, InputError
from fivebyfive.networks.alone import standing_alone

SIZES = {
    "height": ("height",),
    "width": ("width",),
    "channels": ("channels", "in_channels", "input_channels", "in_chans"),
    "classes": ("classes", "num_classes", "n_classes"),
}
"""The names that an argument for each known size may have; the first of them that is there gets it."""


@dataclass(frozen=True)
class Spec:
    """FILE.py:NAME(…) taken apart; ``arguments`` is None where there are no brackets."""

    file: Path
    name: str
    arguments: tuple[Any, ...] | None
    keywords: Mapping[str, Any]


def load_network(
    spec: str,
    *,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
) -> nn.Module:
    """The network that `spec` names; the file's code is run.

    Args:
        spec: FILE.py:NAME or FILE.py:NAME(literals).
        height, width, channels, classes: passed on where they are known and the class or function takes them.

    Raises:
        InputError: there is no such file or name, or it needs other arguments.
        Failure: the file's code, or the network's constructor, raised; the message ends with the user's own lines.
    """
    parts = parse(spec)
    module = _run(parts.file)
    if not hasattr(module, parts.name):
        raise InputError(f"{parts.file} has no '{parts.name}'; {_what_it_has(module)}")
    found = getattr(module, parts.name)
    if isinstance(found, nn.Module):
        if parts.arguments is not None:
            raise InputError(f"{parts.name} in {parts.file} is a network already; leave out the brackets behind it")
        return found
    if not callable(found):
        raise InputError(
            f"{parts.name} in {parts.file} is a {type(found).__name__}, no network; {_what_it_has(module)}"
        )
    sizes = {"height": height, "width": width, "channels": channels, "classes": classes}
    return _made(found, parts, {name: size for name, size in sizes.items() if size is not None})


def parse(spec: str) -> Spec:
    """Take FILE.py:NAME(…) apart.

    Raises:
        InputError: it is not written so, or an argument is no literal.
    """
    file, colon, expression = spec.partition(".py:")
    if not colon or not file or not expression:
        raise InputError(f"network '{spec}' is not understood; write FILE.py:NAME, or FILE.py:NAME(literals)")
    try:
        node = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError):
        raise InputError(f"'{expression}' is not understood; write a name, or NAME(literals)") from None
    arguments: tuple[Any, ...] | None = None
    keywords: dict[str, Any] = {}
    if isinstance(node, ast.Call):
        arguments = tuple(_literal(argument) for argument in node.args)
        keywords = {keyword.arg or "**": _literal(keyword.value) for keyword in node.keywords}
        node = node.func
    if not isinstance(node, ast.Name) or "**" in keywords:
        raise InputError(f"'{expression}' is not understood; write a name, or NAME(literals)")
    return Spec(Path(f"{file}.py"), node.id, arguments, keywords)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise InputError(
            f"argument {ast.unparse(node)} is no literal; numbers, text, True, False, None, tuples, lists and "
            "dictionaries of them can be given"
        ) from None


def _run(file: Path) -> ModuleType:
    """The file's module. It may import from its own folder; it is run again only when it has changed."""
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        raise InputError(f"the network's file {file} does not exist; check the path") from None
    except OSError as error:
        raise InputError(f"the network's file {file} cannot be read ({error.strerror or error})") from None
    path = file.resolve()
    name = f"fivebyfive_own_{hashlib.sha256(str(path).encode() + text).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: data classes and pickles look their module up there
    try:
        with _importing_from(path.parent), standing_alone(path):
            spec.loader.exec_module(module)
    except SyntaxError as error:
        del sys.modules[name]
        raise InputError(f"{file}, line {error.lineno}: {error.msg}; mend the file's syntax") from None
    except InputError:
        del sys.modules[name]
        raise
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise Failure(_raised(f"{file} could not be run", error)) from error
    return module


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _made(make: Callable[..., Any], parts: Spec, sizes: Mapping[str, int]) -> nn.Module:
    arguments, keywords = parts.arguments or (), dict(parts.keywords)
    signature = _signature(make)
    if signature is not None:
        keywords |= _fitting(signature, arguments, keywords, sizes)
        _check(signature, arguments, keywords, parts)
    try:
        network = make(*arguments, **keywords)
    except Exception as error:
        raise Failure(_raised(f"{parts.name} in {parts.file} could not be made", error)) from error
    if not isinstance(network, nn.Module):
        raise InputError(
            f"{parts.name} in {parts.file} makes a {type(network).__name__}, no network; "
            "a class of torch.nn.Module, a function that returns one, or one itself was expected"
        )
    return network


def _signature(make: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(make)
    except (ValueError, TypeError):
        return None


def _fitting(
    signature: inspect.Signature, arguments: tuple[Any, ...], keywords: Mapping[str, Any], sizes: Mapping[str, int]
) -> dict[str, int]:
    """The known sizes under the names that the signature has for them, but for those that the user gave."""
    usual = [p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    free = {p.name for i, p in enumerate(usual) if i >= len(arguments) or p.kind == p.KEYWORD_ONLY} - keywords.keys()
    fitting = {}
    for size, value in sizes.items():
        name = next((name for name in SIZES[size] if name in free), None)
        given = any(name in keywords for name in SIZES[size])
        if name is not None and not given:
            fitting[name] = value
    return fitting


def _check(signature: inspect.Signature, arguments: tuple[Any, ...], keywords: dict[str, Any], parts: Spec) -> None:
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as error:
        needed = ", ".join(str(p) for p in signature.parameters.values())
        raise InputError(
            f"{parts.name} in {parts.file} takes ({needed}): {error}; "
            f"give its arguments as {parts.file}:{parts.name}(…), literals only"
        ) from None


def _what_it_has(module: ModuleType) -> str:
    """The networks, and what may make one, that the file itself defines."""
    own = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (isinstance(value, nn.Module) or callable(value))
        and (isinstance(value, nn.Module) or getattr(value, "__module__", None) == module.__name__)
    ]
    return f"it has {', '.join(own)}" if own else "it defines no class, function or network at all"


def _raised(what: str, error: BaseException) -> str:
    """One sentence, then the user's own lines, as Python writes a traceback."""
    here = {__file__, importlib.util.__file__}
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in here and not frame.filename.startswith("<frozen") and "/torch/" not in frame.filename
    ]
    said = " ".join(str(error).split()) or "no message"
    own = traceback.StackSummary.from_list(frames).format()
    return "\n".join([f"{what}: {type(error).__name__}: {said}", *(line.rstrip() for line in own)])
