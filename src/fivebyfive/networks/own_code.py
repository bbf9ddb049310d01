"""The code of a user's own network: read once, and run from the very bytes that were read.

The file may import from its own folder; what it took from there is known afterwards. Nothing compiled is used
(``__pycache__`` could hold anything), and a file that was read is not opened again to be run.
"""

import hashlib
import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from fivebyfive import causes
from fivebyfive.errors import Failure, InputError
from fivebyfive.files import instead, open_plain
from fivebyfive.networks import keras_lines
from fivebyfive.networks.alone import standing_alone
from fivebyfive.networks.mnist_at_hand import mnist_at_hand

MOST_BYTES = 16 << 20
"""Of a source file."""


@dataclass(frozen=True)
class Code:
    """A network's file, and what of its folder it may import.

    Attributes:
        file: as it was named, for what is said of it; `path`, the same, whole, links followed.
        sources: the bytes of files in its folder, its own among them.
        closed: nothing of the folder may be imported but `sources`.
    """

    file: Path
    path: Path
    sources: Mapping[Path, bytes]
    closed: bool = False


@dataclass
class _Ran:
    """A file's module, the SHA-256 of all the sources that made it, and of what else it imported from its folder."""

    module: ModuleType
    digests: dict[Path, str]
    compiled: set[Path]


_ran: dict[Path, _Ran] = {}
_helpers: set[str] = set()
"""Modules that networks imported from their folders."""


def read(file: Path) -> Code:
    """The code in `file`, which may import whatever lies beside it.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    try:
        path = file.resolve()
        return Code(file, path, {path: read_source(path)})
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"the network's file {file} does not exist{instead(file)}; check the path") from None
    except (OSError, RuntimeError) as error:  # links in a circle are a RuntimeError
        raise InputError(f"the network's file {file} cannot be read ({_reason(error)})") from None


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def read_source(path: Path) -> bytes:
    """The bytes of a source file.

    Raises:
        OSError: it cannot be read, is no file, or is far too large for one that somebody wrote.
    """
    with open_plain(path) as file:
        source = file.read(MOST_BYTES + 1)
    if len(source) > MOST_BYTES:
        raise OSError(f"it is larger than {MOST_BYTES >> 20} MB")
    return source


def digest(source: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(source).hexdigest()


def digests(path: Path) -> dict[Path, str]:
    """Of the network's file at `path`, as it ran in this process, and of what it imported from its folder.

    Raises:
        OSError: it imported something that is no source text, and so cannot be compared later.
    """
    ran = _ran[path]
    if ran.compiled:
        raise OSError(f"it imports {min(ran.compiled)}, which is no Python source")
    return dict(ran.digests)


@contextmanager
def running(code: Code) -> Iterator[ModuleType]:
    """The module that `code` is; within, it may import from its folder. It is run again only when it has changed.

    Raises:
        InputError: a mistake in its syntax.
        Failure: it raised.
    """
    importlib.invalidate_caches()
    ran = _ran.get(code.path)
    fresh = ran is None or not _is_unchanged(ran, code)
    if fresh:
        for name in _helpers:
            sys.modules.pop(name, None)
        _helpers.clear()
    finder = _Folder(code)
    place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(place, finder)
    try:
        if ran is None or fresh:
            module = _run(code)
            ran = _ran[code.path] = _Ran(module, {code.path: digest(code.sources[code.path])}, set())
            ran.digests |= _imported_before(code)
        with keras_lines.noted(), mnist_at_hand():
            yield ran.module
    finally:
        sys.meta_path.remove(finder)
        if ran is not None:
            ran.digests |= finder.digests
            ran.compiled |= finder.compiled


@contextmanager
def as_program(code: Code, folders: list[Path]) -> Iterator[ModuleType]:
    """Run the file as ``python FILE`` does, as ``__main__``; the module that came of it.

    Args:
        folders: gets the files that it imported from its folder.

    Raises:
        InputError: a mistake in its syntax.
        Failure: it raised, or ended with an error.
    """
    importlib.invalidate_caches()
    finder = _Folder(code)
    place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(place, finder)
    module = ModuleType("__main__")
    module.__file__ = str(code.path)
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        with standing_alone(code.path), mnist_at_hand(), _ended_well(code):
            exec(compile(code.sources[code.path], str(code.path), "exec", dont_inherit=True), vars(module))
        folders += [path for path in finder.digests if path != code.path]
        yield module
    finally:
        sys.modules["__main__"] = before
        sys.meta_path.remove(finder)


@contextmanager
def _ended_well(code: Code) -> Iterator[None]:
    try:
        yield
    except (InputError, KeyboardInterrupt):
        raise
    except SystemExit as end:
        if end.code not in (None, 0):
            raise Failure(f"{code.file} ended by itself with {end.code!r}; what it printed says why") from None
    except SyntaxError as error:
        where = error.filename if error.filename not in (None, str(code.path)) else code.file
        line = f", line {error.lineno}" if error.lineno else ""
        raise InputError(f"{where}{line}: {causes.of_syntax(error)}; mend the file's syntax") from None
    except BaseException as error:  # it may raise anything
        raise Failure(causes.sentence(f"{code.file} could not be run", error)) from error


def _is_unchanged(ran: _Ran, code: Code) -> bool:
    try:
        now = {path: digest(code.sources[path] if path in code.sources else read_source(path)) for path in ran.digests}
    except OSError:
        return False
    beyond = ran.compiled or ran.digests.keys() - code.sources.keys()
    return now == ran.digests and not (code.closed and beyond)


def _run(code: Code) -> ModuleType:
    source = code.sources[code.path]
    name = f"fivebyfive_own_{digest(str(code.path).encode() + source)[:16]}"
    spec = spec_from_file_location(name, code.path, loader=_Source(code.path, source))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # before it runs: data classes and pickles look their module up there
    try:
        with standing_alone(code.path), keras_lines.noted(), mnist_at_hand():
            spec.loader.exec_module(module)
    except InputError:
        del sys.modules[name]
        raise
    except SyntaxError as error:
        del sys.modules[name]
        where = error.filename if error.filename not in (None, str(code.path)) else code.file
        line = f", line {error.lineno}" if error.lineno else ""
        raise InputError(f"{where}{line}: {causes.of_syntax(error)}; mend the file's syntax") from None
    except KeyboardInterrupt:
        del sys.modules[name]
        raise
    except BaseException as error:  # it may raise anything
        del sys.modules[name]
        raise Failure(causes.sentence(f"{code.file} could not be run", error)) from error
    return module


def _imported_before(code: Code) -> dict[Path, str]:
    """What others had imported from the folder already, so that the file got it without reading it."""
    found, folder = {}, f"{code.path.parent}{os.sep}"
    for name, module in list(sys.modules.items()):
        inside = name.replace(".", os.sep)
        file = getattr(module, "__dict__", {}).get("__file__")
        if file in (f"{folder}{inside}.py", f"{folder}{inside}{os.sep}__init__.py"):
            try:
                found[Path(file)] = digest(read_source(Path(file)))
            except OSError:
                continue
    return found


class _Source(Loader):
    """Runs a module from source text that was read already."""

    def __init__(self, path: Path, source: bytes) -> None:
        self.path, self.source = path, source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, str(self.path), "exec", dont_inherit=True), vars(module))


class _Folder(MetaPathFinder):
    """Finds what a network's file imports from its own folder."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.digests: dict[Path, str] = {}
        self.compiled: set[Path] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is not None and fullname.partition(".")[0] not in _helpers:
            return None  # part of a package that is not of this folder
        places = [str(self.code.path.parent)] if path is None else list(path)
        spec = PathFinder.find_spec(fullname, places, target)
        if spec is None or not self._may_be_used(spec, path is None):
            return None
        _helpers.add(fullname)
        return spec

    def _may_be_used(self, spec: ModuleSpec, top: bool) -> bool:
        if spec.origin is None or not spec.has_location:
            # A folder without __init__.py: anything of that name elsewhere comes first.
            elsewhere = PathFinder.find_spec(spec.name) if top else None
            return elsewhere is None or not elsewhere.has_location
        file = Path(spec.origin)
        if not isinstance(spec.loader, SourceFileLoader):
            if not self.code.closed:
                self.compiled.add(file)
            return not self.code.closed
        if self.code.closed and file not in self.code.sources:
            return False
        source = self.code.sources.get(file)
        source = read_source(file) if source is None else source
        self.digests[file] = digest(source)
        spec.loader, spec.cached = _Source(file, source), None
        return True
