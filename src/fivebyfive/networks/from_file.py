"""A user's own network, ``FILE.py:NAME``: a class, a function that makes one, or a module that is there already.

What is known of the pictures (height, width, channels, classes) is passed where the class has an argument of that name;
a width only where it has a height, too.
"""

import copy
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn

from fivebyfive import causes
from fivebyfive.errors import InputError, meant
from fivebyfive.networks import from_keras
from fivebyfive.networks.foreign import FRAMEWORKS, framework_of
from fivebyfive.networks.own_code import Code, running
from fivebyfive.networks.spec import Spec

SIZES = {
    "height": ("height",),
    "width": ("width",),
    "channels": ("channels", "in_channels", "input_channels", "in_chans"),
    "classes": ("classes", "num_classes", "n_classes"),
}
"""The names that an argument for each known size may have; the first of them that is there gets it."""

_made_by: WeakKeyDictionary[nn.Module, tuple[Path, str]] = WeakKeyDictionary()


def load_network(
    spec: Spec,
    code: Code,
    *,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
) -> nn.Module:
    """The network of PyTorch that `spec` names in `code`, which is run; for the rest, as `load`.

    Raises:
        InputError: it is another framework's, or no network.
    """
    network = load(spec, code, height=height, width=width, channels=channels, classes=classes)
    if not isinstance(network, nn.Module):
        package = framework_of(network) or "onnx"
        here = " (on PyTorch it is like any other: say KERAS_BACKEND=torch)" if package == "keras" else ""
        framework = FRAMEWORKS[package] + (" on TensorFlow" if here else "")
        raise InputError(
            f"{spec.name} in {spec.file} is a network of {framework}, which only explain and serve take{here}"
        )
    if (
        isinstance(network, from_keras.KerasNetwork)
        and height is not None
        and width is not None
        and channels is not None
    ):
        with causes.told(f"{spec.name} in {spec.file} could not be built for {height}×{width}×{channels}"):
            network.build(height, width, channels)
    found: nn.Module = network
    return found


def load(
    spec: Spec,
    code: Code,
    *,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
) -> Any:
    """The network that `spec` names in `code`, which is run: a module of PyTorch, or what another framework made.

    Args:
        height, width, channels, classes: passed on where they are known and the class or function takes them.

    Raises:
        InputError: there is no such name, or it needs other arguments.
        Failure: the file's code, or the network's constructor, raised; the message ends with the user's own lines.
    """
    with running(code) as module:
        if not hasattr(module, spec.name):
            raise InputError(
                f"{code.file} has no '{spec.name}'{meant(spec.name, vars(module))}; {_what_it_has(module)}"
            )
        found = getattr(module, spec.name)
        if isinstance(found, nn.Module) or framework_of(found) is not None:
            if spec.arguments is not None:
                raise InputError(f"{spec.name} in {code.file} is a network already; leave out the brackets behind it")
            return _known(_copied(found), code, spec)
        if not callable(found):
            raise InputError(
                f"{spec.name} in {code.file} is a {type(found).__name__}, no network; {_what_it_has(module)}"
            )
        sizes = {"height": height, "width": width, "channels": channels, "classes": classes}
        return _known(_made(found, spec, {name: size for name, size in sizes.items() if size is not None}), code, spec)


def _known(network: Any, code: Code, spec: Spec) -> Any:
    """`network` as it is used here, with the file that it was made from."""
    if framework_of(network) == "keras":
        network = from_keras.adapted(network, spec.name)
    if isinstance(network, nn.Module):
        _made_by[network] = (code.path, spec.name)
    return network


def made_by(network: nn.Module) -> tuple[Path, str] | None:
    """The file that `network` was made from here, and the name of it in there; None if it was made elsewhere."""
    return _made_by.get(network)


def _copied(network: Any) -> Any:
    """`network` as the file made it, whatever is done with it: each training begins with the same weights."""
    framework = framework_of(network)
    if framework is not None:
        return from_keras.copied(network) if framework == "keras" else network
    try:
        copied = copy.deepcopy(network)
    except Exception:  # a user's own module may refuse in any way
        return network
    for module, its_copy in zip(network.modules(), copied.modules(), strict=False):
        if "_concrete_type" in vars(module):  # TorchScript's memory of the class that was written
            vars(its_copy)["_concrete_type"] = vars(module)["_concrete_type"]
    return copied


def _made(make: Callable[..., Any], spec: Spec, sizes: Mapping[str, int]) -> Any:
    arguments, keywords = copy.deepcopy((spec.arguments or (), dict(spec.keywords)))  # no two networks share a list
    signature = _signature(make)
    if signature is not None:
        keywords |= _fitting(signature, arguments, keywords, sizes)
        _check(signature, arguments, keywords, spec)
    with causes.told(f"{spec.name} in {spec.file} could not be made"):
        network = make(*arguments, **keywords)
    if not isinstance(network, nn.Module) and framework_of(network) is None:
        raise InputError(
            f"{spec.name} in {spec.file} makes a {type(network).__name__}, no network; "
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
    if "height" not in signature.parameters:
        fitting.pop("width", None)  # without a height it is not the pictures': how many maps a layer has, as a rule
    return fitting


def _check(signature: inspect.Signature, arguments: tuple[Any, ...], keywords: dict[str, Any], spec: Spec) -> None:
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as error:
        needed = ", ".join(str(p) for p in signature.parameters.values())
        wrong = causes.cause(error)
        raise InputError(
            f"{spec.name} in {spec.file} {wrong if wrong.startswith('takes') else f'cannot be made: {wrong}'}; "
            f"it takes ({needed}); "
            f"give its arguments as {spec.file}:{spec.name}(…), literals only"
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
