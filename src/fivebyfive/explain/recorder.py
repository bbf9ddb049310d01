"""The recorder: a ``TorchFunctionMode`` by which every call passes that the user's code makes on tensors.

It sees a call's arguments and its result, runs the call as it is, and makes a step of it; Python's frames say which
line made the call.

Source of the method: https://pytorch.org/docs/stable/torch.overrides.html
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.module import register_module_forward_hook
from torch.overrides import TorchFunctionMode

from fivebyfive.explain import asked, calls
from fivebyfive.explain.axes import layout_of
from fivebyfive.explain.constants import Constants
from fivebyfive.explain.detours import Detours
from fivebyfive.explain.edges import Edges
from fivebyfive.explain.following import followed
from fivebyfive.explain.given import Given, leaves, named_tensors
from fivebyfive.explain.held import Held, plain
from fivebyfive.explain.kind import OTHER, Called
from fivebyfive.explain.kinds import may_draw
from fivebyfive.explain.layout import by_rank
from fivebyfive.explain.lines import Note
from fivebyfive.explain.overwritten import overwriting
from fivebyfive.explain.padding import Padding
from fivebyfive.explain.program import Place, Program
from fivebyfive.explain.source import NOWHERE, Stack, Stacks
from fivebyfive.explain.step import Call, Step
from fivebyfive.state import put_back


@dataclass(frozen=True)
class _Taken:
    """What a call took: steps stand where their outputs did, constants as they were then."""

    args: tuple[Any, ...]
    keywords: dict[str, Any]
    steps: tuple[Step, ...]
    constants: list[Tensor]


class Recorder(TorchFunctionMode):
    """Makes a step of every call that returns a tensor, and runs the call as it is.

    ``until`` is the code of the frame below which the user's code runs; ``stacks`` says where it stands. ``opaque`` are
    the names of the modules that Python does not run. ``plumbing`` are operations that are steps only where they do
    something with the values of another step.
    """

    def __init__(
        self,
        network: nn.Module,
        given: Given,
        until: CodeType,
        stacks: Stacks | Program | None = None,
        plumbing: frozenset[str] = frozenset(),
        edges: Edges | None = None,
    ) -> None:
        super().__init__()
        self._edges = edges
        self.steps: list[Step] = []
        self.notes: list[Note] = []
        self.opaque: dict[str, None] = {}
        self.detours = Detours(network)
        self._stacks = stacks or Stacks()
        self._network, self._until, self._plumbing = network, until, plumbing
        self._modules = list(network.modules())
        self._held, self._constants, self._padding = Held(), Constants(self._modules), Padding()
        self._took = 0.0
        self._random: Tensor | None = None
        self._pictures = given.pictures
        nowhere = Note(NOWHERE, True)
        for name, tensor in given.tensors(network):
            found: dict[str, Any] = {"part": name} if name else {}
            found |= {} if given.picture is None else {"picture": given.picture}
            layout = given.layout or by_rank(tensor.dim())
            self._add("input", "input", layout, found, (), Call(None), tensor, nowhere)

    @contextmanager
    def parameters_kept(self) -> Iterator[None]:
        """Give parameters that the forward overwrites their values back, and make a step of every opaque module.

        Afterwards the forward's tensors and frames are let go; they would keep each other.
        """
        scripted = any(isinstance(module, torch.jit.ScriptModule) for module in self._modules)
        hook = register_module_forward_hook(self._scripted) if scripted else None
        try:
            yield
        finally:
            if hook is not None:
                hook.remove()
            for parameter, before in self._constants.overwritten():
                self._held.protect(parameter)
                put_back(parameter, before)
            self._held.forget()
            self._stacks.forget()

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
        overwritten = _overwritten(args, keywords, inplace or keywords.get("inplace") is True)
        before = self._taken(args, keywords) if overwritten else None
        for tensor in overwritten:
            self._held.protect(tensor)
            self._constants.keep(tensor)
        random = torch.get_rng_state() if may_draw(op) else None
        start = time.perf_counter()
        result = function(*args, **keywords)
        self._took = time.perf_counter() - start
        self._random = None if random is None or torch.equal(random, torch.get_rng_state()) else random
        if op in self._plumbing and (any(result is given for given in args[:1]) or not self._makers(args)):
            return result
        if self._edges is not None and not overwritten:
            result = self._edges.apart(result)
        outputs = [*overwritten] if op == "assign" else [tensor for _, tensor in named_tensors(result)]
        if outputs:
            taken = before or self._taken(args, keywords)
            before_it = len(self.steps)
            self._record(function, op, swapped, taken, outputs, overwritten)
            if self.detours.taken:
                self.detours.came(op, self.steps[before_it:], self._outside(args, keywords), (args, keywords))
        else:
            self.detours.leave(op, self._makers(args), result)
        return result

    def _outside(self, args: Sequence[Any], keywords: Mapping[str, Any]) -> list[Tensor]:
        """The tensors that no step made."""
        tensors = [value for value in leaves((args, keywords)) if isinstance(value, Tensor)]
        return [t for t in tensors if self._held.maker(t) is None and self._held.alias(t) is None]

    def _makers(self, args: Sequence[Any]) -> list[Step]:
        found = (self._held.maker(value) for value in leaves(args) if isinstance(value, Tensor))
        return [step for step in found if step is not None]

    def finish(self, outputs: list[tuple[str, Tensor]]) -> None:
        """Add a step for each tensor that the network returned."""
        nowhere = Note(NOWHERE, False)
        for n, (name, tensor) in enumerate(outputs):
            if self._maker(tensor) is None:  # made where Python cannot look
                inputs = tuple(step for step in self.steps if step.kind == "input")
                self._add_opaque(self._network, inputs, tensor, nowhere)
            maker = self._maker(tensor)
            assert maker is not None
            found = ({"part": name} if name else {}) | ({"beside": True} if n else {})
            step = self._add("output", "output", maker.layout, found, (maker,), Call(None), maker.output, nowhere)
            step.axes = maker.axes
            self._held.add(tensor, step)  # what a loss takes is the output
            self._follow(tensor, step)

    def _scripted(self, module: nn.Module, inputs: Any, result: Any) -> None:
        """A forward hook: the result of a module whose code Python does not run."""
        if not isinstance(module, torch.jit.ScriptModule):
            return
        origins = tuple(
            step for tensor in leaves(inputs) if isinstance(tensor, Tensor) and (step := self._maker(tensor))
        )
        for _, tensor in named_tensors(result):
            if self._maker(tensor) is None:
                self._add_opaque(module, origins, tensor, Note(self._stacks.read(sys._getframe(1), self._until), True))

    def _add_opaque(self, module: nn.Module, origins: tuple[Step, ...], tensor: Tensor, note: Note) -> None:
        name = str(getattr(module, "original_name", type(module).__name__))
        self.opaque[name] = None
        step = self._add(name, OTHER, by_rank(tensor.dim()), {}, origins, Call(None), tensor, note)
        step.parameters, step.macs = self._constants.first_used(list(module.parameters())), None

    def keep_buffers(self) -> None:
        """Copy what was recorded of the network's buffers, which are put back as they were."""
        for module in self._modules:
            for buffer in module._buffers.values():
                if buffer is not None:
                    self._held.protect(buffer)

    def _record(
        self,
        function: Callable[..., Any],
        op: str,
        swapped: bool,
        taken: "_Taken",
        outputs: list[Tensor],
        overwritten: list[Tensor],
    ) -> None:
        where = self._stacks.read(sys._getframe(2), self._until)
        note = Note(where, _is_own(where))
        args, keywords, constants = taken.args, taken.keywords, taken.constants
        learned = [c for c in constants if self._constants.is_parameter(c)]
        if note.own and not taken.steps and not learned:
            return  # a module of PyTorch's keeping its books: batch norm counts its batches
        if op == "pad" and note.own and _folds_padding(where.modules[-1]):
            values = calls.called(function, op, swapped, args, keywords).values
            self._padding.add(values, outputs[0])
            return
        transformed = any(plain(v) is not v for v in (*outputs, *constants))  # vmap: shapes here are not the call's
        unknown: tuple[Called, dict[str, Any]] = (Called(op, {}), {})
        padded = self._padding.taken(args)
        if padded is not None:
            args = (padded.origin, *args[1:])
        made, found = unknown if transformed else self._understood(function, op, swapped, args, keywords)
        if padded is not None:
            function, found = padded.first(function), found | padded.attributes()
        values = made.values
        origins = tuple(dict.fromkeys([*(v for v in leaves(values) if isinstance(v, Step)), *taken.steps]))
        if overwritten:
            found["inplace"] = True
        macs = calls.macs(made, outputs[0], self._constants.is_learned) if origins or learned else 0
        parameters = self._constants.first_used(learned)
        versions = tuple((c, c._version) for c in constants if not c.is_inference())
        call = Call(function, args, keywords, values, versions, self._random)
        live = tuple(origin for origin in origins if not self._constants.is_prepared(origin))
        for part, output in enumerate(outputs):
            kind = calls.kind_name(made, live, output)
            parts = {"part": part, "parts": len(outputs)} if len(outputs) > 1 else {}
            shape = tuple(plain(output).shape)
            axes = followed(op, values, found | parts, live or origins, shape, made.ours)
            layout = layout_of(axes, shape, self._pictures) if axes or live or origins else _habit(shape)
            step = self._add(op, kind, layout, found | parts, origins, call, output, note)
            step.memory = 0 if overwritten else step.memory
            step.axes = axes
            if part == 0:
                step.parameters, step.macs, step.seconds = parameters, macs, self._took
            if not live and (learned or origins):
                self._constants.prepare(step)
        for tensor in overwritten:
            self._held.write(tensor, self.steps[-1])

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
            plain(output).detach(), call, asked,
        )  # fmt: skip
        if self._held.add(output, step):
            step.memory = output.numel() * output.element_size()
        self._follow(output, step)
        self.steps.append(step)
        self.notes.append(note)
        return step

    def _taken(self, args: Sequence[Any], keywords: dict[str, Any]) -> "_Taken":
        frozen = tuple(map(self._frozen, args)), {name: self._frozen(value) for name, value in keywords.items()}
        values = leaves(frozen)
        steps = dict.fromkeys(value for value in values if isinstance(value, Step))
        return _Taken(*frozen, tuple(steps), [value for value in values if isinstance(value, Tensor)])

    def _frozen(self, value: Any) -> Any:
        """`value` with every tensor that a step made replaced by the step."""
        if isinstance(value, Tensor):
            return self._maker(value) or (value if value in self._padding else self._constants.as_now(value))
        if isinstance(value, dict):
            return {key: self._frozen(v) for key, v in value.items()}
        if isinstance(value, list):
            return [self._frozen(v) for v in value]
        if isinstance(value, tuple):
            return tuple(self._frozen(v) for v in value)
        return value

    def _maker(self, tensor: Tensor) -> Step | None:
        """The step that made `tensor` as it is now."""
        found = self._held.maker(tensor)
        if found is None and not self._constants.is_parameter(tensor):
            found = self._held.alias(tensor)
        changed = [] if found is None else self._held.overwriters(tensor, found)
        if found is None or not changed:
            self._follow(tensor, found)
            return found
        steps = (found, *(step for _, step in changed))
        note, call = self.notes[steps[-1].index], overwriting(tensor, found, changed)
        return self._add("overwritten", OTHER, found.layout, {"inplace": True}, steps, call, tensor, note)

    def maker(self, tensor: Tensor) -> Step | None:
        """The step whose output `tensor` is, if it is one's."""
        return self._held.maker(tensor) or self._held.alias(tensor)

    def _follow(self, tensor: Tensor, step: Step | None) -> None:
        if self._edges is not None and step is not None:
            self._edges.note(tensor, step)

    def _understood(
        self, function: Callable[..., Any], op: str, swapped: bool, args: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[Called, dict[str, Any]]:
        """The call by its arguments' names, and the operation's numbers."""
        try:
            made = calls.called(function, op, swapped, args, keywords)
            return made, calls.attributes(made)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            return Called(op, {}), {}  # called in a way that is not known: a step all the same


def _overwritten(args: Sequence[Any], keywords: Mapping[str, Any], inplace: bool) -> list[Tensor]:
    out = keywords.get("out")
    if out is not None:
        return [tensor for tensor in (out if isinstance(out, (tuple, list)) else [out]) if isinstance(tensor, Tensor)]
    first = args[0] if args else keywords.get("input")
    return [first] if inplace and isinstance(first, Tensor) else []


def _folds_padding(module: nn.Module) -> bool:
    """Whether a pad that the module does is a part of its convolution."""
    return isinstance(module, _ConvNd) or (isinstance(module, Place) and module.folds_padding)


def _is_own(where: Stack) -> bool:
    """Whether a PyTorch module made the call itself: no line of the user's was running in it."""
    return bool(where.modules) and (not where.depths or where.depths[-1] < len(where.modules))


def _habit(shape: Sequence[int]) -> str:
    """The layout of what was made of no input: a batch of one by PyTorch's habit."""
    return by_rank(len(shape)) if len(shape) < 2 or shape[0] == 1 else "other"
