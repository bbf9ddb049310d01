"""Code and an image become a trace: one plain forward, watched by a ``TorchFunctionMode``.

Every call that the user's code makes on tensors passes by here with its arguments and its result, and Python's frames
say which line made it. The network runs exactly as it is; what it changes while it runs (buffers, random numbers) is
put back afterwards.

Source of the method: https://pytorch.org/docs/stable/torch.overrides.html
"""

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.modules.module import register_module_forward_hook
from torch.overrides import TorchFunctionMode

from fivebyfive import causes
from fivebyfive.errors import Failure
from fivebyfive.explain import asked, calls
from fivebyfive.explain.axes import layout_of
from fivebyfive.explain.detours import Detours
from fivebyfive.explain.following import followed
from fivebyfive.explain.given import Given, leaves, named_tensors
from fivebyfive.explain.kind import OTHER, Called
from fivebyfive.explain.layout import by_rank
from fivebyfive.explain.lines import Lines, Note
from fivebyfive.explain.source import Files, Stack, Stacks, is_users
from fivebyfive.explain.step import Call, Step, UserLine
from fivebyfive.state import put_back, untouched


@dataclass(frozen=True)
class Captured:
    """What one forward showed."""

    steps: list[Step]
    user_lines: list[UserLine]
    source_files: dict[str, str]
    outputs: list[Tensor]
    seconds: float
    notes: tuple[str, ...]


def capture(network: nn.Module, given: Given) -> Captured:
    """Run `network` once on what it is given, a batch of one, and say what it did.

    Raises:
        Failure: the network raised; the message ends with the user's own lines on the way there.
    """
    with untouched(network), torch.no_grad(), _eager():
        notes = _initialized(network, given)
        recorder = _Recorder(network, given)
        start = time.perf_counter()
        with recorder.parameters_kept():
            result = _run(network, given, recorder)
            seconds = time.perf_counter() - start
            outputs = named_tensors(result)
            recorder.finish(outputs)
            recorder.keep(network.buffers())
    _seal(recorder.steps)
    files = Files()
    lines = Lines(recorder.steps, recorder.notes, network, files)
    notes += [*recorder.remarks(outputs, result), *lines.remarks()]
    tensors = [tensor for _, tensor in outputs]
    return Captured(recorder.steps, lines.user_lines, lines.source_files, tensors, seconds, tuple(notes))


def _seal(steps: Sequence[Step]) -> None:
    """Note how often each constant has been changed by now, when buffers are back as they were."""
    for step in steps:
        constants = [value for value in leaves((step.call.arguments, step.call.keywords)) if isinstance(value, Tensor)]
        step.call = replace(step.call, versions=tuple((c, c._version) for c in constants if not c.is_inference()))


def _run(network: nn.Module, given: Given, recorder: "_Recorder") -> Any:
    """The frame below which the network's own code runs; nothing else may stand here."""
    try:
        with recorder:
            return network(*given.arguments, **given.keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's own code may raise anything
        raise Failure(forward_error(network, given, error)) from error


def forward_error(network: nn.Module, given: Given, error: BaseException) -> str:
    """What to say when a forward raised: one sentence, then the user's own lines, as Python writes a traceback."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    head = (
        f"{type(network).__name__} raised {type(error).__name__} on an input of {given.shapes()}: {causes.cause(error)}"
    )
    own = traceback.StackSummary.from_list(frames[-causes.MOST_LINES :]).format()
    return "\n".join([head, *(line.rstrip() for line in own)])


def _initialized(network: nn.Module, given: Given) -> list[str]:
    """Let lazy layers make their weights, by a forward of its own, because that makes no steps."""
    lazy = [m for m in network.modules() if isinstance(m, LazyModuleMixin) and m.has_uninitialized_params()]
    if not lazy:
        return []
    try:
        network(*given.arguments, **given.keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's own code may raise anything
        raise Failure(forward_error(network, given, error)) from error
    return ["Its lazy layers had no weights yet: they have been made now, at random, for an input of this shape."]


@contextmanager
def _eager() -> Iterator[None]:
    """What ``torch.compile`` was put on runs as it is written; who has not used it need not load it."""
    with ExitStack() as entered:
        if "torch._dynamo" in sys.modules:
            entered.enter_context(torch.compiler.set_stance("force_eager"))
        yield


# --- recording ------------------------------------------------------------------------------------------------------


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

    def __init__(self, network: nn.Module, given: Given) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.notes: list[Note] = []
        self._stacks = Stacks()
        self._network = network
        self._parameters = {_storage(p): p for p in network.parameters()}
        self._overwritten: dict[int, tuple[Tensor, Tensor]] = {}
        self._opaque: dict[str, None] = {}
        self._detours = Detours(network)
        self._learned = {id(p) for p in network.parameters()}
        self._counted: set[int] = set()
        self._made: dict[int, tuple[Tensor, Step]] = {}
        self._holders: dict[int, list[Step]] = {}
        self._written: dict[int, tuple[Tensor, Step]] = {}
        self._prepared: set[int] = set()
        self._padded: dict[int, _Padded] = {}
        self._copies: dict[int, tuple[Tensor, int, Tensor]] = {}
        self._took = 0.0
        nowhere = Note(Stack((), (), ()), True)
        for name, tensor in given.tensors(network):
            found: dict[str, Any] = {"part": name} if name else {}
            found |= {} if given.picture is None else {"picture": given.picture}
            self._add("input", "input", by_rank(tensor.dim()), found, (), Call(None), tensor, nowhere)

    @contextmanager
    def parameters_kept(self) -> Iterator[None]:
        """Give parameters that the forward overwrites their values back, and make a step of every opaque module."""
        scripted = any(isinstance(module, torch.jit.ScriptModule) for module in self._network.modules())
        hook = register_module_forward_hook(self._scripted) if scripted else None
        try:
            yield
        finally:
            if hook is not None:
                hook.remove()
            for parameter, before in self._overwritten.values():
                self._protect(parameter)
                put_back(parameter, before)

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        del types
        keywords = dict(kwargs or {})
        op, inplace, swapped = calls.op_name(function)
        op = op.partition(".")[0]  # exported programs call conv2d.default, mean.dim …
        overwritten = _overwritten(args, keywords, inplace or keywords.get("inplace") is True)
        before = self._frozen((args, keywords)) if overwritten else None
        for tensor in overwritten:
            self._protect(tensor)
            self._keep_parameter(tensor)
        start = time.perf_counter()
        result = function(*args, **keywords)
        self._took = time.perf_counter() - start
        outputs = [*overwritten] if op == "assign" else [tensor for _, tensor in named_tensors(result)]
        if outputs:
            arguments, count = before or self._frozen((args, keywords)), len(self.steps)
            self._record(function, op, swapped, arguments, outputs, overwritten)
            self._detours.came(op, self.steps[count:], self._outside(args, keywords), (args, keywords))
        else:
            makers = (self._maker(value) for value in leaves(args) if isinstance(value, Tensor))
            self._detours.leave(op, [maker for maker in makers if maker is not None], result)
        return result

    def _outside(self, *given: Any) -> list[Tensor]:
        """The tensors that no step made."""
        tensors = [value for value in leaves(given) if isinstance(value, Tensor)]
        return [t for t in tensors if id(t) not in self._made and self._alias(t) is None]

    def finish(self, outputs: list[tuple[str, Tensor]]) -> None:
        """Add a step for each tensor that the network returned."""
        nowhere = Note(Stack((), (), ()), False)
        for name, tensor in outputs:
            if self._maker(tensor) is None:  # made where Python cannot look
                inputs = tuple(step for step in self.steps if step.kind == "input")
                self._add_opaque(self._network, inputs, tensor, nowhere)
            maker = self._maker(tensor)
            assert maker is not None
            found = {"part": name} if name else {}
            step = self._add("output", "output", maker.layout, found, (maker,), Call(None), maker.output, nowhere)
            step.axes = maker.axes
        self._made.clear()

    def remarks(self, outputs: list[tuple[str, Tensor]], result: Any) -> list[str]:
        """What a reader must know about what could not be watched."""
        said = [f"What {name} does cannot be watched from Python: it is one step, and its cost is not counted."
                for name in self._opaque]  # fmt: skip
        if not outputs:
            said.append(
                f"The forward returns no tensor but {_a(type(result).__name__)}, so there is no output to show."
            )
        seen: set[int] = set()
        todo = [step for step in self.steps if step.kind == "output"]
        while todo:
            step = todo.pop()
            if step.index not in seen:
                seen.add(step.index)
                todo += step.origins
        if outputs and not any(self.steps[index].kind == "input" for index in seen):
            said.append(
                "No step leads from the input to the output: a part of the work was done where it cannot be watched, "
                "such as in NumPy or in another thread, and is not counted; or the output does not depend on it."
            )
        else:
            said += self._detours.remarks(seen)
        return said

    def _scripted(self, module: nn.Module, inputs: Any, result: Any) -> None:
        """A forward hook: the result of a module whose code Python does not run."""
        if not isinstance(module, torch.jit.ScriptModule):
            return
        origins = tuple(
            step for tensor in leaves(inputs) if isinstance(tensor, Tensor) and (step := self._maker(tensor))
        )
        for _, tensor in named_tensors(result):
            if self._maker(tensor) is None:
                self._add_opaque(
                    module, origins, tensor, Note(self._stacks.read(sys._getframe(1), _run.__code__), True)
                )

    def _add_opaque(self, module: nn.Module, origins: tuple[Step, ...], tensor: Tensor, note: Note) -> None:
        name = str(getattr(module, "original_name", type(module).__name__))
        self._opaque[name] = None
        step = self._add(name, OTHER, by_rank(tensor.dim()), {}, origins, Call(None), tensor, note)
        step.parameters, step.macs = self._first_used(list(module.parameters())), None

    def _keep_parameter(self, tensor: Tensor) -> None:
        """Copy the parameter whose memory the next call overwrites."""
        parameter = self._parameters.get(_storage(tensor))
        if parameter is not None and id(parameter) not in self._overwritten:
            self._overwritten[id(parameter)] = (parameter, parameter.detach().clone())

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
        where = self._stacks.read(sys._getframe(2), _run.__code__)
        note = Note(where, _is_own(where))
        args, keywords = arguments
        origins = tuple(dict.fromkeys(v for v in leaves(arguments) if isinstance(v, Step)))
        constants = [v for v in leaves(arguments) if isinstance(v, Tensor)]
        learned = [c for c in constants if id(c) in self._learned]
        if note.own and not origins and not learned:
            return  # a module of PyTorch's keeping its books: batch norm counts its batches
        if op == "pad" and note.own and isinstance(where.modules[-1], _ConvNd):
            values = calls.called(function, op, swapped, args, keywords).values
            self._padded[id(outputs[0])] = _Padded(
                values["input"], _pad_sides(values["pad"]), values.get("mode", "constant"), outputs[0]
            )
            return
        transformed = any(_plain(v) is not v for v in (*outputs, *constants))  # vmap: shapes here are not the call's
        unknown: tuple[Called, dict[str, Any]] = (Called(op, {}), {})
        made, found = unknown if transformed else self._understood(function, op, swapped, args, keywords)
        values = made.values
        origins = tuple(dict.fromkeys([*(v for v in leaves(values) if isinstance(v, Step)), *origins]))
        if overwritten:
            found["inplace"] = True
        macs = calls.macs(made, outputs[0], self._is_learned) if origins or learned else 0
        parameters = self._first_used(learned)
        call = Call(function, args, keywords, values)
        live = tuple(origin for origin in origins if id(origin) not in self._prepared)
        for part, output in enumerate(outputs):
            kind = calls.kind_name(made, live, output)
            parts = {"part": part, "parts": len(outputs)} if len(outputs) > 1 else {}
            shape = tuple(_plain(output).shape)
            axes = followed(op, values, found | parts, live or origins, shape, made.ours)
            layout = layout_of(axes, shape) if axes or live or origins else _habit(shape)
            step = self._add(op, kind, layout, found | parts, origins, call, output, note)
            step.memory = 0 if overwritten else step.memory
            step.axes = axes
            if part == 0:
                step.parameters, step.macs, step.seconds = parameters, macs, self._took
            if not live and (learned or origins):
                self._prepared.add(id(step))
        for tensor in overwritten:
            self._written[_storage(tensor)] = (tensor, self.steps[-1])

    def _add(
        self,
        op: str,
        kind: str,
        layout: str,
        found: dict[str, Any],
        origins: tuple[Step, ...],
        call: Call,
        output: Tensor,
        note: Note,
    ) -> Step:
        weight, bias = (calls.numbers(call.values, name) for name in ("weight", "bias"))
        if op in ("matmul", "mm", "addmm", "bmm") and kind == "fully connected":
            weight = calls.numbers(call.values, "other")
        if kind in ("convolution", "fully connected") and op in ("add", "bias_add"):
            bias = calls.numbers(call.values, "other")
            bias = calls.numbers(call.values, "input") if bias is None else bias
        step = Step(
            len(self.steps), op, op, kind, "", None, (), None, origins, layout, 0, 0, found, weight, bias,
            _plain(output).detach(), call, asked,
        )  # fmt: skip
        if _storage(output) not in self._holders:
            step.memory = output.numel() * output.element_size()
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
        now = -1 if tensor.is_inference() else tensor._version
        if original is None or version != now or now < 0:
            copy = _plain(tensor).detach().clone()
            self._copies[id(tensor)] = (tensor, now, copy)
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
        return self._add("overwritten", OTHER, found[1].layout, {"inplace": True}, (found[1], changed), Call(None),
                         tensor, note)  # fmt: skip

    def _alias(self, tensor: Tensor) -> Step | None:
        """The newest step whose output is this very memory in this very shape, under another Python object."""
        if id(tensor) in self._learned:
            return None
        tensor = _plain(tensor)
        for step in reversed(self._holders.get(_storage(tensor), ())):
            same = step.output.data_ptr() == tensor.data_ptr() and step.output.stride() == tensor.stride()
            if same and step.output.shape == tensor.shape:
                return step
        return None

    def _understood(
        self, function: Callable[..., Any], op: str, swapped: bool, args: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[Called, dict[str, Any]]:
        """The call by its arguments' names, and the operation's numbers."""
        try:
            made = calls.called(function, op, swapped, args, keywords)
            values, padding = self._unpadded(dict(made.values))
            made = replace(made, values=values)
            return made, calls.attributes(made) | padding
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            return Called(op, {}), {}  # called in a way that is not known: a step all the same

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


def _plain(tensor: Tensor) -> Tensor:
    """The tensor inside the wrappers of ``torch.func``, with all its dimensions."""
    while torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return tensor


def _storage(tensor: Tensor) -> int:
    """The address of the memory that `tensor` looks at; its own identity where it has none."""
    try:
        return _plain(tensor).untyped_storage().data_ptr() or id(tensor)
    except (NotImplementedError, RuntimeError):
        return id(tensor)


def _a(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}" if name != "NoneType" else "None"


def _habit(shape: Sequence[int]) -> str:
    """The layout of what was made of no input: a batch of one by PyTorch's habit."""
    return by_rank(len(shape)) if len(shape) < 2 or shape[0] == 1 else "other"
