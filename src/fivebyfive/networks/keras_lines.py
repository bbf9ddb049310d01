"""Which lines of a user's file made and called each layer of Keras: noted while the file runs.

A functional model's code has ended when the model runs, and a layer does not know the line that made it. So while a
user's file runs, and only then, it is noted where it stands each time that a layer is made, or called on symbols.
The same place says on which backend Keras runs where nobody has said it.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from fivebyfive.networks.after_import import after_import
from fivebyfive.networks.quiet import nothing_said

BACKEND = "KERAS_BACKEND"


@dataclass(frozen=True)
class Frame:
    """Where one frame stood: its code, its place in it, and a number that is the same for all places of one run."""

    code: CodeType
    instruction: int
    run: int


Frames = tuple[Frame, ...]
"""All frames, outermost first."""

_made: WeakKeyDictionary[Any, Frames] = WeakKeyDictionary()
_called: WeakKeyDictionary[Any, Frames] = WeakKeyDictionary()
_unnamed: WeakSet[Any] = WeakSet()
_runs: dict[FrameType, int] = {}
_watching: list[None] = []
_PACKAGE = str(Path(__file__).parent.parent) + os.sep


def made(operation: Any) -> Frames:
    """Where an operation (a layer, say) was made; () where that was not seen."""
    return _made.get(operation, ())


def called(node: Any) -> Frames:
    """Where an operation was called on symbols, which made the `node` of a functional model; () where not seen."""
    return _called.get(node, ())


def is_unnamed(layer: Any) -> bool:
    """Whether the layer was seen made, and nobody gave it a name."""
    return layer in _unnamed


def same_lines(original: Any, copy: Any) -> None:
    """`copy` has been made where `original` was: an operation, or a node."""
    for known in (_made, _called):
        if original in known:
            known[copy] = known[original]
    if original in _unnamed:
        _unnamed.add(copy)


@contextmanager
def noted() -> Iterator[None]:
    """Note where layers are made and called by the code that runs within."""
    _watching.append(None)
    try:
        with after_import(_PATCHES, _DURING):
            yield
    finally:
        _watching.pop()
        if not _watching:
            _runs.clear()


def choose_backend() -> None:
    """Say which backend Keras is to run on, where it is not loaded and nobody has said it: one that is installed."""
    if "keras" not in sys.modules:
        _choose()


def _choose() -> None:
    if os.environ.get(BACKEND):
        return
    asked = _configured()
    installed = next(name for name in (asked, "tensorflow", "torch") if name and importlib.util.find_spec(name))
    os.environ[BACKEND] = installed


def _configured() -> str:
    """The backend that the user's ~/.keras/keras.json names, of those that Keras has; "" where it names none."""
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        said = json.loads((folder / "keras.json").read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        return ""
    return said if said in ("tensorflow", "torch", "jax") else ""


def _here() -> Frames:
    """The frames from the caller's out to the file that is being run."""
    frame: FrameType | None = sys._getframe(2)
    found: list[Frame] = []
    while frame is not None and not frame.f_code.co_filename.startswith(_PACKAGE):
        found.append(Frame(frame.f_code, frame.f_lasti, _runs.setdefault(frame, len(_runs))))
        frame = frame.f_back
    return tuple(reversed(found))


def _note_makers(module: ModuleType) -> None:
    """Let ``Operation.__new__``, through which every layer comes, note who calls it."""
    cls, original = module.Operation, module.Operation.__new__
    if hasattr(original, "noted"):
        return

    def new(cls: type, *args: Any, **keywords: Any) -> Any:
        operation = original(cls, *args, **keywords)
        if _watching:
            _made[operation] = _here()
            if keywords.get("name") is None:
                _unnamed.add(operation)
        return operation

    new.noted = True  # type: ignore[attr-defined]
    cls.__new__ = staticmethod(new)


def _note_callers(module: ModuleType) -> None:
    """Let ``Node.__init__``, through which every call on symbols comes, note who calls it."""
    cls, original = module.Node, module.Node.__init__
    if hasattr(original, "noted"):
        return

    def init(self: Any, *args: Any, **keywords: Any) -> None:
        original(self, *args, **keywords)
        if _watching:
            _called[self] = _here()

    init.noted = True  # type: ignore[attr-defined]
    cls.__init__ = init


@contextmanager
def _on_a_backend() -> Iterator[None]:
    _choose()
    yield


@contextmanager
def _without_greetings() -> Iterator[None]:
    """TensorFlow's C++ part greets whoever loads it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with nothing_said():
        yield


_PATCHES = {"keras.src.ops.operation": _note_makers, "keras.src.ops.node": _note_callers}
_DURING = {"keras": _on_a_backend, "tensorflow": _without_greetings}
