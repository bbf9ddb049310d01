"""Code and an image become a trace: one plain forward, watched by a ``TorchFunctionMode``.

Every call that the user's code makes on tensors passes by here with its arguments and its result, and Python's frames
say which line made it. The network runs exactly as it is; what it changes while it runs (buffers, random numbers) is
put back afterwards.

Source of the method: https://pytorch.org/docs/stable/torch.overrides.html
"""

import inspect
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.overrides import TorchFunctionMode

from fivebyfive.errors import Failure
from fivebyfive.explain import definitions, operations
from fivebyfive.explain.source import Files, Line, Stack, is_users, stack
from fivebyfive.explain.trace import Call, Kind, Source, Step, UserLine


@dataclass(frozen=True)
class Captured:
    """What one forward showed."""

    steps: list[Step]
    user_lines: list[UserLine]
    source_files: dict[str, str]
    outputs: list[Tensor]
    seconds: float


def capture(network: nn.Module, x: Tensor, picture: tuple[int, int, int] | None) -> Captured:
    """Run `network` once on `x`, a batch of one, and say what it did.

    Args:
        picture: (height, width, channels) of the image that `x` is, where `x` is a flat list of its pixels.

    Raises:
        Failure: the network raised; the message ends with the user's own lines on the way there.
    """
    recorder = _Recorder(network, x, picture)
    with untouched(network), torch.no_grad():
        start = time.perf_counter()
        result = _run(network, x, recorder)
        seconds = time.perf_counter() - start
        outputs = _named_tensors(result)
        recorder.finish(outputs)
        recorder.keep(network.buffers())
    _seal(recorder.steps)
    files = Files()
    lines = _Lines(recorder, network, files)
    return Captured(recorder.steps, lines.user_lines, lines.source_files, [tensor for _, tensor in outputs], seconds)


def _seal(steps: Sequence[Step]) -> None:
    """Note how often each constant has been changed by now, when buffers are back as they were."""
    for step in steps:
        constants = [value for value in _leaves((step.call.arguments, step.call.keywords)) if isinstance(value, Tensor)]
        step.call = replace(step.call, versions=tuple((tensor, tensor._version) for tensor in constants))


def _run(network: nn.Module, x: Tensor, recorder: "_Recorder") -> Any:
    """The frame below which the network's own code runs; nothing else may stand here."""
    try:
        with recorder:
            return network(x)
    except (Exception, SystemExit) as error:
        raise Failure(forward_error(network, x, error)) from error


def forward_error(network: nn.Module, x: Tensor, error: BaseException) -> str:
    """What to say when a forward raised: one sentence, then the user's own lines, as Python writes a traceback."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    said = " ".join(str(error).split()) or "no message"
    head = f"{type(network).__name__} raised {type(error).__name__} on an input of {list(x.shape)}: {said}"
    own = traceback.StackSummary.from_list(frames).format()
    return "\n".join([head, *(line.rstrip() for line in own)])


@contextmanager
def untouched(network: nn.Module) -> Iterator[None]:
    """Put back what a forward changes: buffers and the random generators' states."""
    kept = [
        (module, name, buffer, None if buffer is None else buffer.detach().clone())
        for module in network.modules()
        for name, buffer in module._buffers.items()
    ]
    python, numpy_state = random.getstate(), np.random.get_state()
    on_gpu = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = list(range(torch.cuda.device_count())) if on_gpu else []
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy_state)
        with torch.no_grad():
            for module, name, buffer, before in kept:
                module._buffers[name] = buffer
                if buffer is not None and before is not None and not torch.equal(buffer, before):
                    buffer.copy_(before)


# --- recording ------------------------------------------------------------------------------------------------------


@dataclass
class _Note:
    """What is known of a step besides the step itself, until names are given."""

    stack: Stack
    own: bool
    """Whether the code of a PyTorch module made the call, and no code of the user's in it."""


@dataclass
class _Padded:
    """Padding that a convolution module did by a call of its own, which is part of the convolution."""

    origin: Any
    sides: tuple[tuple[int, int], ...]
    mode: str
    tensor: Tensor = field(repr=False)


class _Recorder(TorchFunctionMode):
    """Makes a step of every call that returns a tensor, and runs the call as it is.

    ``_made`` finds a tensor's step by the tensor's identity and keeps both alive; ``_holders`` are the steps whose
    outputs look at a piece of memory, ``_written`` the newest step that overwrote it; ``_prepared`` are steps made of
    parameters alone, such as ``weight[:, None, None]``: no data flows through them. ``_copies`` are the other
    constants as they were when they were used, each with how often it had been changed by then.
    """

    def __init__(self, network: nn.Module, x: Tensor, picture: tuple[int, int, int] | None) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.notes: list[_Note] = []
        self._learned = {id(p) for p in network.parameters()}
        self._counted: set[int] = set()
        self._made: dict[int, tuple[Tensor, Step]] = {}
        self._holders: dict[int, list[Step]] = {}
        self._written: dict[int, tuple[Tensor, Step]] = {}
        self._prepared: set[int] = set()
        self._padded: dict[int, _Padded] = {}
        self._copies: dict[int, tuple[Tensor, int, Tensor]] = {}
        layout = operations.by_rank(x.dim())
        found = {} if picture is None else {"picture": picture}
        self._add("input", "input", layout, found, (), Call(None), x, _Note(Stack((), (), ()), True))
        self._name = type(network).__name__

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        keywords = dict(kwargs or {})
        op, inplace, swapped = operations.op_name(function)
        overwritten = _overwritten(args, keywords, inplace or keywords.get("inplace") is True)
        before = self._frozen((args, keywords)) if overwritten else None
        for tensor in overwritten:
            self._protect(tensor)
        result = function(*args, **keywords)
        outputs = [*overwritten] if op == "assign" else [tensor for _, tensor in _named_tensors(result)]
        if outputs:
            arguments = before or self._frozen((args, keywords))
            self._record(function, op, swapped, arguments, outputs, overwritten)
        return result

    def finish(self, outputs: list[tuple[str, Tensor]]) -> None:
        """Add a step for each tensor that the network returned."""
        nowhere = _Note(Stack((), (), ()), False)
        for name, tensor in outputs:
            if self._maker(tensor) is None:  # made where Python cannot look: a scripted or compiled network
                self._add(self._name, "other", operations.by_rank(tensor.dim()), {}, (self.steps[0],),
                          Call(None), tensor, nowhere)  # fmt: skip
            maker = self._maker(tensor)
            assert maker is not None
            found = {"part": name} if name else {}
            self._add("output", "output", maker.layout, found, (maker,), Call(None), maker.output, nowhere)
        self._made.clear()

    def keep(self, buffers: Iterable[Tensor]) -> None:
        """Copy what was recorded of the network's buffers, which are put back as they were."""
        for buffer in buffers:
            self._protect(buffer)

    def _record(
        self,
        function: Callable[..., Any],
        op: str,
        swapped: bool,
        arguments: tuple[Any, dict[str, Any]],
        outputs: list[Tensor],
        overwritten: list[Tensor],
    ) -> None:
        where = stack(sys._getframe(2), _run.__code__)
        note = _Note(where, _is_own(where))
        args, keywords = arguments
        origins = tuple(dict.fromkeys(v for v in _leaves(arguments) if isinstance(v, Step)))
        constants = [v for v in _leaves(arguments) if isinstance(v, Tensor)]
        learned = [c for c in constants if id(c) in self._learned]
        if note.own and not origins and not learned:
            return  # a module of PyTorch's keeping its books: batch norm counts its batches
        if op == "pad" and note.own and isinstance(where.modules[-1], _ConvNd):
            values = operations.bind(function, op, swapped, args, keywords)
            self._padded[id(outputs[0])] = _Padded(
                values["input"], _pad_sides(values["pad"]), values.get("mode", "constant"), outputs[0]
            )
            return
        ours = getattr(function, "__module__", None) == operations.OUR_OPS
        try:
            values = operations.bind(function, op, swapped, args, keywords)
            values, padding = self._unpadded(values)
            found = operations.attributes(op, values, args, ours) | padding
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            values, found = {}, {}  # called in a way that the tables do not know: a step all the same
        origins = tuple(dict.fromkeys([*(v for v in _leaves(values) if isinstance(v, Step)), *origins]))
        if overwritten:
            found["inplace"] = True
        macs = operations.macs_of(op, values, outputs[0], self._is_learned) if values else 0
        parameters = self._first_used(learned)
        call = Call(function, args, keywords, values)
        live = tuple(origin for origin in origins if id(origin) not in self._prepared)
        for part, output in enumerate(outputs):
            kind = operations.kind_of(op, values, live, output)
            layout = operations.layout_of(op, values, found, live or origins, output, ours)
            parts = {"part": part, "parts": len(outputs)} if len(outputs) > 1 else {}
            step = self._add(op, kind, layout, found | parts, origins, call, output, note)
            if part == 0:
                step.parameters, step.macs = parameters, macs
            if not live and (learned or origins):
                self._prepared.add(id(step))
        for tensor in overwritten:
            self._written[_storage(tensor)] = (tensor, self.steps[-1])

    def _add(
        self,
        op: str,
        kind: Kind,
        layout: str,
        found: dict[str, Any],
        origins: tuple[Step, ...],
        call: Call,
        output: Tensor,
        note: _Note,
    ) -> Step:
        weight, bias = (_tensor(call.values.get(name)) for name in ("weight", "bias"))
        if op in ("matmul", "mm", "addmm", "bmm") and kind == "fully connected":
            weight = _tensor(call.values.get("other"))
        if kind in ("convolution", "fully connected") and op in ("add", "bias_add"):
            bias = _tensor(call.values.get("other"))
            bias = _tensor(call.values.get("input")) if bias is None else bias
        step = Step(
            len(self.steps), op, op, kind, "", None, (), None, origins, layout, 0, 0, found, weight, bias,
            output.detach(), call,
        )  # fmt: skip
        self.steps.append(step)
        self.notes.append(note)
        self._made[id(output)] = (output, step)
        self._holders.setdefault(_storage(output), []).append(step)
        return step

    def _protect(self, tensor: Tensor) -> None:
        """Copy what was recorded of `tensor`'s memory, which the next call overwrites."""
        for step in self._holders.pop(_storage(tensor), ()):
            step.output = step.output.clone()

    def _frozen(self, value: Any) -> Any:
        """`value` with every tensor that a step made replaced by the step."""
        if isinstance(value, Tensor):
            return self._maker(value) or self._constant(value)
        if isinstance(value, dict):
            return {key: self._frozen(v) for key, v in value.items()}
        if isinstance(value, list):
            return [self._frozen(v) for v in value]
        if isinstance(value, tuple):
            return tuple(self._frozen(v) for v in value)
        return value

    def _constant(self, tensor: Tensor) -> Tensor:
        """A parameter as it is, any other constant as it is now: a forward may change its buffers."""
        if id(tensor) in self._learned or id(tensor) in self._padded:
            return tensor
        original, version, copy = self._copies.get(id(tensor), (None, -1, tensor))
        if original is None or version != tensor._version:
            copy = tensor.detach().clone()
            self._copies[id(tensor)] = (tensor, tensor._version, copy)
        return copy

    def _maker(self, tensor: Tensor) -> Step | None:
        """The step that made `tensor` as it is now."""
        found = self._made.get(id(tensor))
        if found is None:
            return self._alias(tensor)
        written = self._written.get(_storage(tensor))
        if written is None or written[1].index <= found[1].index or written[0] is tensor:
            return found[1]
        changed = written[1]
        note = self.notes[changed.index]
        return self._add("overwritten", "other", found[1].layout, {"inplace": True}, (found[1], changed), Call(None),
                         tensor, note)  # fmt: skip

    def _alias(self, tensor: Tensor) -> Step | None:
        """The newest step whose output is this very memory in this very shape, under another Python object."""
        if id(tensor) in self._learned:
            return None
        for step in reversed(self._holders.get(_storage(tensor), ())):
            same = step.output.data_ptr() == tensor.data_ptr() and step.output.stride() == tensor.stride()
            if same and step.output.shape == tensor.shape:
                return step
        return None

    def _unpadded(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A convolution of what its module has padded itself, as a convolution of what came in."""
        padded = self._padded.pop(id(values.get("input")), None)
        if padded is None:
            return values, {}
        names = {"constant": "zeros"}
        padding = {"padding": padded.sides, "padding_mode": names.get(padded.mode, padded.mode)}
        return values | {"input": padded.origin}, padding

    def _is_learned(self, value: Any) -> bool:
        """Whether it is a parameter, or was made of parameters alone."""
        return id(value) in self._learned or id(value) in self._prepared

    def _first_used(self, learned: list[Tensor]) -> int:
        new = {id(p): p.numel() for p in learned if id(p) not in self._counted}
        self._counted |= new.keys()
        return sum(new.values())


def _overwritten(args: Sequence[Any], keywords: Mapping[str, Any], inplace: bool) -> list[Tensor]:
    out = keywords.get("out")
    if out is not None:
        return [tensor for tensor in (out if isinstance(out, (tuple, list)) else [out]) if isinstance(tensor, Tensor)]
    first = args[0] if args else keywords.get("input")
    return [first] if inplace and isinstance(first, Tensor) else []


def _is_own(where: Stack) -> bool:
    """Whether a PyTorch module made the call itself: no line of the user's was running in it."""
    return bool(where.modules) and (not where.depths or where.depths[-1] < len(where.modules))


def _pad_sides(pad: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """F.pad's (left, right, top, bottom) as ((top, bottom), (left, right))."""
    sides = tuple((pad[i], pad[i + 1]) for i in range(0, len(pad), 2))[::-1]
    return ((0, 0), *sides) if len(sides) == 1 else sides


def _storage(tensor: Tensor) -> int:
    """The address of the memory that `tensor` looks at; its own identity where it has none."""
    try:
        return tensor.untyped_storage().data_ptr() or id(tensor)
    except (NotImplementedError, RuntimeError):
        return id(tensor)


def _tensor(value: Any) -> Tensor | None:
    return value.output if isinstance(value, Step) else value if isinstance(value, Tensor) else None


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _named_tensors(result: Any, name: str = "") -> list[tuple[str, Tensor]]:
    """Every tensor in a call's result, in order, with its key or place in it."""
    if isinstance(result, Tensor):
        return [(name, result)]
    if isinstance(result, Mapping):
        items = list(result.items())
    elif isinstance(result, (list, tuple)):
        items = list(enumerate(result))
    elif hasattr(result, "__dataclass_fields__"):
        items = list(vars(result).items())
    else:
        return []
    return [found for key, value in items for found in _named_tensors(value, f"{name}.{key}" if name else str(key))]


def _code_of_forward(network: nn.Module) -> CodeType | None:
    return getattr(inspect.getattr_static(type(network), "forward", None), "__code__", None)


# --- names and lines ------------------------------------------------------------------------------------------------


class _Lines:
    """Gives every step its name, its module and its lines of code."""

    def __init__(self, recorder: _Recorder, network: nn.Module, files: Files) -> None:
        self._steps, self._notes, self._files = recorder.steps, recorder.notes, files
        self._paths = {id(module): path for path, module in network.named_modules()}
        self._defined = definitions.Definitions(network, files)
        self._statements: dict[Any, set[int]] = {}
        self._note_statements()
        self._modules = ["" for _ in self._steps]
        for step, note in zip(self._steps, self._notes, strict=True):
            self._place(step, note)
        self._give_names()
        self._place_ends(network)
        self.user_lines = self._user_lines()
        shown = [line for step in self._steps for line in (*step.chain, step.source, step.definition) if line]
        self.source_files = {file: "".join(files.lines(file)) for file in dict.fromkeys(line.file for line in shown)}

    def _note_statements(self) -> None:
        """Which statements of each function performed steps."""
        for note in self._notes:
            for line in note.stack.lines:
                found = self._files.statement(line)
                self._statements.setdefault(line.code, set()).add(found.first if found else line.number)

    def _place(self, step: Step, note: _Note) -> None:
        where = note.stack
        step.module = self._path(where.modules)
        sources = [self._files.source(line) for line in where.lines]
        chain = [source for source in sources if source is not None]
        step.chain = tuple(chain)
        if where.lines:
            at = self._shown(where)
            step.source = sources[at]
            self._modules[step.index] = self._path(where.modules[: where.depths[at]])
        if note.own and where.modules:
            step.definition = self._defined.line(step.module)
            step.source = step.source or step.definition

    def _shown(self, where: Stack) -> int:
        """Which of the lines is the one to show: the innermost forward's, or where that only hands on to."""
        at = where.depths.index(where.depths[-1])
        while at + 1 < len(where.lines) and self._only_hands_on(where.lines[at]):
            at += 1
        return at

    def _only_hands_on(self, line: Line) -> bool:
        found = self._files.statement(line)
        alone = len(self._statements[line.code]) == 1
        return alone and found is not None and found.hands_on

    def _path(self, modules: Sequence[nn.Module]) -> str:
        """The path of the innermost module; one that is not registered adds its class to the path around it."""
        path = ""
        for module in modules:
            known = self._paths.get(id(module))
            path = known if known is not None else f"{path}.{type(module).__name__}".lstrip(".")
        return path

    def _give_names(self) -> None:
        ops_of: dict[str, set[str]] = {}
        for step, note in zip(self._steps, self._notes, strict=True):
            if note.own:
                ops_of.setdefault(step.module, set()).add(step.op)
        times: Counter[str] = Counter()
        for step, note in zip(self._steps, self._notes, strict=True):
            if note.own and step.module:
                name = step.module if len(ops_of[step.module]) == 1 else f"{step.module}.{step.op}"
            elif step.kind == "output":
                part = step.attributes.get("part")
                name = f"output.{part}" if part else "output"
            else:
                name = self._by_target(step, note)
            times[name] += 1
            step.name = name if times[name] == 1 else f"{name}#{times[name]}"

    def _by_target(self, step: Step, note: _Note) -> str:
        target = ""
        if note.stack.lines:
            line = note.stack.lines[self._shown(note.stack)]
            found = self._files.statement(line)
            targets = found.targets if found and line.code.co_name != "<lambda>" else ()
            several = len(targets) > 1 and len(targets) == step.attributes.get("parts")
            target = targets[step.attributes["part"]] if several else targets[0] if len(targets) == 1 else ""
        return ".".join(part for part in (self._modules[step.index], target, step.op) if part)

    def _place_ends(self, network: nn.Module) -> None:
        """The image enters where the function that is shown begins; the output leaves where that returns."""
        outer = (n.stack.lines[self._shown(n.stack)].code for n, m in zip(self._notes, self._modules, strict=True)
                 if n.stack.lines and not m)  # fmt: skip
        begin, end = self._defined.ends(next(outer, None) or _code_of_forward(network))
        for step in self._steps:
            if step.kind == "input":
                step.source = begin
            if step.kind == "output":
                step.source = end

    def _user_lines(self) -> list[UserLine]:
        runs: list[tuple[tuple[Any, ...], Source, list[int]]] = []
        for step in self._steps:
            if step.source is None:
                continue
            key = (step.source.file, step.source.first, self._modules[step.index])
            if runs and runs[-1][0] == key:
                runs[-1][2].append(step.index)
            else:
                runs.append((key, step.source, [step.index]))
        return [
            UserLine(source, self._files.statement_text(source), key[2], tuple(steps)) for key, source, steps in runs
        ]
