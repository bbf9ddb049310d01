"""A trace in a file: its steps' values and constants as safetensors, everything else as JSON among them.

Nothing in such a file can run: a function is named, and only one of PyTorch's own, by the name of an operation that a
kind knows, is taken for it. Anything else is a step all the same, whose sums are not known.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from fivebyfive import ops
from fivebyfive.errors import InputError
from fivebyfive.explain import asked
from fivebyfive.explain.agreement import Agreement
from fivebyfive.explain.backward.parameters import Parameter, Parameters
from fivebyfive.explain.backward.tracing import WayBack, connect
from fivebyfive.explain.calls import op_name
from fivebyfive.explain.given import leaves
from fivebyfive.explain.kinds import home
from fivebyfive.explain.photo import Photo
from fivebyfive.explain.step import Call, Source, Step, UserLine
from fivebyfive.files import write_atomically
from fivebyfive.pictures.sheet import Box
from fivebyfive.text import to_json

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

FORMAT = "fivebyfive trace 1"
ABOUT = "about"
"""The tensor of bytes that holds the JSON."""
_PLACES: Mapping[str, Any] = {
    "torch": torch, "torch.nn.functional": F, "torch.Tensor": Tensor, "torch._C._nn": torch._C._nn,
    "torch.special": torch.special, "torch.linalg": torch.linalg, "torch.fft": torch.fft, "fivebyfive.ops": ops,
}  # fmt: skip
_PLAIN = ("index", "name", "op", "kind", "module", "layout", "parameters", "macs", "seconds", "memory")
_NAMED = {torch.dtype: "dtype", torch.layout: "layout", torch.memory_format: "memory_format", torch.device: "device"}


def write(trace: "Trace", path: Path) -> None:
    """Write `trace` to `path`, in one move.

    Raises:
        Failure: it cannot be written; what was there is as it was.
    """
    writer = _Writer()
    about = writer.trace(trace)
    text = to_json(about).encode()
    tensors = writer.tensors | {ABOUT: torch.frombuffer(bytearray(text), dtype=torch.uint8)}
    data = save(tensors)
    write_atomically(path, lambda file: file.write_bytes(data))


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote: the attributes of a trace.

    Raises:
        InputError: there is no such file, it is no trace, or it is damaged.
    """
    try:
        tensors = load_file(path)
        about = json.loads(bytes(tensors.pop(ABOUT).numpy()))
        if about["format"] != FORMAT:
            raise ValueError(about["format"])
        return _Reader(tensors, about).fields()
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except (SafetensorError, OSError, KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError,
            RuntimeError, OverflowError):  # fmt: skip
        raise InputError(f"{path} is no trace that can be read; write one with trace.save(path)") from None


@dataclass
class _Writer:
    tensors: dict[str, Tensor] = field(default_factory=dict)
    _names: dict[tuple[Any, ...], str] = field(default_factory=dict)
    _kept: list[Tensor] = field(default_factory=list)
    _sources: dict[Source, int] = field(default_factory=dict)

    def trace(self, trace: "Trace") -> dict[str, Any]:
        steps = [self._step(step) for step in trace.steps]
        way_back = trace.way_back
        lines = [asdict(line) | {"source": self._source(line.source)} for line in trace.user_lines]
        photo = trace.photo
        return {
            "format": FORMAT,
            "network": trace.network,
            "prediction": trace.prediction,
            "classes": trace.classes,
            "notes": trace.notes,
            "seconds": trace.seconds,
            "image": self._array(trace.image),
            "stages": [[name, self._array(pixels)] for name, pixels in trace.stages],
            "photo": photo and {**{k: getattr(photo, k) for k in ("width", "height", "boxes", "chosen", "notes")},
                                "pixels": self._array(photo.pixels)},
            "source_files": trace.source_files,
            "user_lines": lines,
            "steps": steps,
            "agreement": None if trace.agreement is None else self._value(vars(trace.agreement)),
            "way_back": None if way_back is None else self._way_back(way_back),
            "sources": [asdict(source) for source in self._sources],
        }  # fmt: skip

    def _step(self, step: Step) -> dict[str, Any]:
        call = step.call
        return {name: getattr(step, name) for name in _PLAIN} | {
            "source": self._source(step.source),
            "chain": [self._source(line) for line in step.chain],
            "definition": self._source(step.definition),
            "origins": step.inputs,
            "attributes": self._value(step.attributes),
            "weight": self._value(step.weight),
            "bias": self._value(step.bias),
            "output": self._value(step.output),
            "function": _named(call.function),
            "arguments": self._value(call.arguments),
            "keywords": self._value(dict(call.keywords)),
            "values": self._value(dict(call.values)),
            "frames": step.frames,
            "axes": step.axes,
            "gradient": self._value(step.gradient),
            "random": self._value(call.random),
        }

    def _way_back(self, way_back: WayBack) -> dict[str, Any]:
        return {
            "loss": self._value(way_back.loss),
            "steps": [self._step(step) for step in way_back.steps],
            "parameters": [
                [p.name, self._value(p.value), self._value(p.gradient), [step.index for step in p.uses]]
                for p in way_back.parameters.values()
            ],
        }

    def _source(self, source: Source | None) -> int | None:
        return None if source is None else self._sources.setdefault(source, len(self._sources))

    def _array(self, pixels: Any) -> Any:
        return None if pixels is None else self._value(torch.from_numpy(np.array(pixels)))

    def _value(self, value: Any) -> Any:
        """The value in JSON: what JSON has no word for is an object with one key, its sort."""
        if isinstance(value, Step):
            return {"step": value.index}
        if isinstance(value, Tensor):
            return {"tensor": self._tensor(value)}
        if isinstance(value, (tuple, list)):
            return {"list" if type(value) is list else "tuple": [self._value(v) for v in value]}
        if isinstance(value, dict):
            return {"dict": [[str(key), self._value(v)] for key, v in value.items()]}
        if isinstance(value, slice):
            return {"slice": [self._value(v) for v in (value.start, value.stop, value.step)]}
        if isinstance(value, float) and not math.isfinite(value):
            return {"float": str(value)}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        sort = next((name for kind, name in _NAMED.items() if isinstance(value, kind)), None)
        return {"ellipsis": True} if value is ... else {sort: str(value)} if sort else {"other": True}

    def _tensor(self, tensor: Tensor) -> str:
        tensor = tensor.detach().cpu()
        tensor = tensor.dequantize() if tensor.is_quantized else tensor
        tensor = tensor.to_dense() if tensor.layout != torch.strided else tensor
        key = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        if key not in self._names:
            self._names[key] = f"{len(self.tensors)}"
            self._kept.append(tensor)  # or its place in memory would be another one's next, and name that too
            self.tensors[self._names[key]] = tensor.resolve_conj().clone(memory_format=torch.contiguous_format)
        return self._names[key]


def _named(function: Any) -> list[str] | None:
    """Where PyTorch has the function, and under which name."""
    name = getattr(function, "__name__", "")
    function = getattr(function, "stands_for", None) or function
    if name == "__get__":  # x.T
        attribute = str(getattr(getattr(function, "__self__", None), "__name__", ""))
        return ["attribute", attribute] if hasattr(Tensor, attribute) else None
    return next(([place, name] for place, held in _PLACES.items() if getattr(held, name, None) is function), None)


class _Reader:
    def __init__(self, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
        self._tensors, self._about = tensors, about
        self._sources = [Source(**source) for source in about["sources"]]
        self._steps: list[Step] = []

    def fields(self) -> dict[str, Any]:
        about = self._about
        for described in about["steps"]:
            self._steps.append(self._step(described))
        steps, way_back = list(self._steps), self._way_back(about.get("way_back"))
        photo = about["photo"]
        return {
            "network": _text(about["network"]),
            "steps": steps,
            "way_back": way_back,
            "prediction": [(_text(label), float(p)) for label, p in about["prediction"]],
            "image": self._array(about["image"]),
            "classes": tuple(map(_text, about["classes"])),
            "source_files": {_text(name): _text(text) for name, text in about["source_files"].items()},
            "user_lines": [self._user_line(line) for line in about["user_lines"]],
            "notes": list(map(_text, about["notes"])),
            "seconds": float(about["seconds"]),
            "stages": tuple((_text(name), self._array(pixels)) for name, pixels in about["stages"]),
            "agreement": self._agreement(about.get("agreement")),
            "photo": photo and Photo(
                self._array(photo["pixels"]), int(photo["width"]), int(photo["height"]),
                tuple(map(_box, photo["boxes"])), int(photo["chosen"]),
                tuple(map(_text, photo["notes"]))),
        }  # fmt: skip

    def _way_back(self, said: Any) -> WayBack | None:
        if said is None:
            return None
        count = len(self._steps)
        for described in said["steps"]:
            self._steps.append(self._step(described))
        connect(self._steps)
        found = [
            Parameter(_text(name), self._tensor(value), None if gradient is None else self._tensor(gradient),
                      tuple(self._before(index) for index in uses))
            for name, value, gradient, uses in said["parameters"]
        ]  # fmt: skip
        loss = float(self._value(said["loss"]))
        return WayBack(loss, tuple(self._steps[count:]), Parameters({p.name: p for p in found}))

    def _tensor(self, said: Any) -> Tensor:
        value = self._value(said)
        if not isinstance(value, Tensor):
            raise TypeError("a tensor was expected")
        return value

    def _user_line(self, line: Mapping[str, Any]) -> UserLine:
        steps = tuple(self._steps[i].index for i in line["steps"])
        return UserLine(self._sources[line["source"]], _text(line["code"]), _text(line["module"]), steps)

    def _agreement(self, said: Any) -> Agreement | None:
        if said is None:
            return None
        found = self._value(said)
        return Agreement(_text(found["framework"]), float(found["worst"]), _text(found["node"]),
                         int(found["compared"]), int(found["values"]))  # fmt: skip

    def _step(self, said: Mapping[str, Any]) -> Step:
        index = len(self._steps)
        if said["index"] != index:
            raise ValueError("steps out of order")
        origins = tuple(self._before(i) for i in said["origins"])
        arguments, keywords, values = (self._value(said[name]) for name in ("arguments", "keywords", "values"))
        constants = [t for t in leaves((arguments, keywords, values)) if isinstance(t, Tensor) and not t.is_inference()]
        function = _found(said["function"], _text(said["op"]))
        random = _state(self._value(said.get("random")))
        call = Call(function, arguments, keywords, values, tuple((t, t._version) for t in constants), random)
        step = Step(
            index, _text(said["name"]), _text(said["op"]), _text(said["kind"]), _text(said["module"]),
            self._source(said["source"]), tuple(self._sources[i] for i in said["chain"]),
            self._source(said["definition"]), origins, _text(said["layout"]), int(said["parameters"]),
            None if said["macs"] is None else int(said["macs"]), self._value(said["attributes"]),
            self._value(said["weight"]), self._value(said["bias"]), self._value(said["output"]), call, asked,
            tuple(int(n) for n in said["frames"]),
        )  # fmt: skip
        step.axes = said["axes"] and tuple(tuple((str(a), int(b), int(c)) for a, b, c in d) for d in said["axes"])
        step.seconds, step.memory = float(said["seconds"]), int(said["memory"])
        step.gradient = None if said.get("gradient") is None else self._tensor(said["gradient"])
        if not isinstance(step.output, Tensor) or not isinstance(step.attributes, dict):
            raise TypeError("a step without an output")
        if step.gradient is not None and step.gradient.shape != step.output.shape:
            raise ValueError("a gradient of another shape than its step")
        return step

    def _before(self, index: int) -> Step:
        if not 0 <= index < len(self._steps):
            raise IndexError("a step that is not there yet")
        return self._steps[index]

    def _source(self, index: int | None) -> Source | None:
        return None if index is None else self._sources[index]

    def _array(self, value: Any) -> Any:
        return None if value is None else self._value(value).numpy()

    def _value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        ((sort, held),) = value.items()
        if sort == "step":
            return self._before(held)
        if sort == "tensor":
            return self._tensors[held]
        if sort in ("list", "tuple"):
            made = [self._value(v) for v in held]
            return made if sort == "list" else tuple(made)
        if sort == "dict":
            return {_text(key): self._value(v) for key, v in held}
        if sort == "slice":
            return slice(*(self._value(v) for v in held))
        return float(held) if sort == "float" else ... if sort == "ellipsis" else _of_torch(sort, held)


def _state(value: Any) -> Tensor | None:
    """A state of the random numbers, if it is one."""
    fits = isinstance(value, Tensor) and (value.dtype, value.shape) == (torch.uint8, torch.get_rng_state().shape)
    return value if fits else None


def _of_torch(sort: str, name: str) -> Any:
    """torch.float32 of ("dtype", "torch.float32"); None for what no file can name."""
    if sort == "device":
        return torch.device("cpu")
    found = getattr(torch, name.removeprefix("torch."), None) if sort in _NAMED.values() else None
    return found if isinstance(found, tuple(_NAMED)) else None


def _found(named: Sequence[str] | None, op: str) -> Any:
    """PyTorch's function of that name, if it is the operation `op` and a kind knows it."""
    if named is None or home(op) is None:
        return None
    place, name = named
    if place == "attribute":
        found = getattr(getattr(Tensor, name, None), "__get__", None)
    else:
        found = getattr(_PLACES[place], name, None)
    return found if callable(found) and op_name(found)[0] == op else None


def _box(value: Sequence[Any]) -> Box:
    left, top, width, height = (int(n) for n in value)
    return left, top, width, height


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value
