"""If, Loop and Scan: the path that is taken, node by node. A condition that is constant leaves its branch alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.graph import Node, Within
from fivebyfive.explain.sources.listing import as_name
from fivebyfive.explain.sources.onnx.op import Op

if TYPE_CHECKING:
    from fivebyfive.explain.sources.onnx.building import Body, Builder

MOST_TURNS = 1000
Values = dict[str, Any]


def _if(builder: "Builder", proto: Any, op: Op, called: str, taken: Sequence[str], body: "Body") -> None:
    known = op.constant(0)
    if known is not None:
        _inlined(builder, proto, op.get("then_branch" if bool(known) else "else_branch"), body)
        return
    name = builder.unique.name(called)
    made = builder.outputs(proto, name, body)
    line = _written(builder, f"if {builder.writer.text(taken[0])}:")
    branches = {"then_branch": _branch(builder, op.get("then_branch"), body, made)}
    builder.writer.line("else:")
    branches["else_branch"] = _branch(builder, op.get("else_branch"), body, made)
    needed = list(dict.fromkeys(value for branch in branches.values() for value in branch.needs()))

    def run(condition: Tensor, *around: Any) -> Within:
        branch = branches["then_branch" if bool(condition) else "else_branch"]
        values = yield from _performed(branch, dict(zip(needed, around, strict=True)))
        return [values[value] for value in branch.outputs]

    body.nodes.append(Node("If", (taken[0], *needed), tuple(made), run, (line,), (), (name,)))


def _inlined(builder: "Builder", proto: Any, graph: Any, body: "Body") -> None:
    """A branch that is always taken: its nodes are nodes like all others."""
    branch = builder.branch(graph, body)
    body.nodes += branch.nodes
    builder.writer.moved(branch.nodes, body.nodes)
    for theirs, found in zip(proto.output, branch.outputs, strict=False):
        if theirs:
            body.values[theirs] = found
            if body.whole and found not in builder.constants:
                builder.fetched.setdefault(found, theirs)


def _written(builder: "Builder", text: str) -> Any:
    builder.writer.line(text)
    return builder.writer.last()


def _branch(builder: "Builder", graph: Any, body: "Body", made: Sequence[str]) -> "Body":
    builder.writer.indent(1)
    branch = builder.branch(graph, body)
    for ours, inner in zip(made, branch.outputs[len(branch.outputs) - len(made) :], strict=True):
        if ours:
            builder.writer.line(f"{as_name(ours)} = {builder.writer.text(inner)}")
    builder.writer.indent(-1)
    return branch


def _loop(builder: "Builder", proto: Any, op: Op, called: str, taken: Sequence[str], body: "Body") -> None:
    name = builder.unique.name(called)
    made = builder.outputs(proto, name, body)
    times, condition, *start = taken
    text = builder.writer.text
    line = _written(builder, f"for turn in range({text(times)}):" if times else f"while {text(condition)}:")
    builder.writer.indent(1)
    inner = builder.branch(op.get("body"), body)
    builder.writer.line(f"{', '.join(as_name(m) for m in made if m)} = {', '.join(map(text, inner.outputs[1:]))}")
    builder.writer.indent(-1)
    needed = inner.needs()

    def run(most: Tensor | None, go: Tensor | None, *around: Any) -> Within:
        carried = list(around[: len(start)])
        outer = dict(zip(needed, around[len(start) :], strict=True))
        turns = MOST_TURNS + 1 if most is None else int(most)
        listed: list[list[Tensor]] = [[] for _ in inner.outputs[1 + len(start) :]]
        turn = 0
        while turn < turns and (go is None or bool(go)):
            if turn >= MOST_TURNS:
                raise InputError(f"it goes round more than {MOST_TURNS:,} times")
            given = dict(zip(inner.inputs, [torch.tensor(turn), _true(go), *carried], strict=True))
            values = yield from _performed(inner, outer | given)
            go, *results = [values[value] for value in inner.outputs]
            carried = results[: len(start)]
            for found, value in zip(listed, results[len(start) :], strict=True):
                found.append(value)
            turn += 1
        return [*carried, *(torch.stack(found) if found else torch.empty(0) for found in listed)]

    inputs = (times, condition, *start, *needed)
    body.nodes.append(Node("Loop", inputs, tuple(made), run, (line,), (), (name,)))


def _true(go: Tensor | None) -> Tensor:
    return torch.tensor(True) if go is None else go


def _scan(builder: "Builder", proto: Any, op: Op, called: str, taken: Sequence[str], body: "Body") -> None:
    if op.version < 9:  # with batches and lengths: as the framework has it
        name = builder.unique.name(called)
        made = builder.outputs(proto, name, body)
        builder.writer.add(body.nodes, proto, op, name, taken, made, None)
        return
    name = builder.unique.name(called)
    made = builder.outputs(proto, name, body)
    many = int(op.get("num_scan_inputs"))
    states = len(taken) - many
    rows = ", ".join(builder.writer.text(value) for value in taken[states:])
    line = _written(builder, f"for row in scanned({rows}):")
    builder.writer.indent(1)
    inner = builder.branch(op.get("body"), body)
    builder.writer.indent(-1)
    needed = inner.needs()
    axes = op.get("scan_input_axes") or [0] * many
    backward = op.get("scan_input_directions") or [0] * many
    stacked = len(inner.outputs) - states
    out_axes = op.get("scan_output_axes") or [0] * stacked
    out_backward = op.get("scan_output_directions") or [0] * stacked

    def run(*given: Any) -> Within:
        carried, scanned = list(given[:states]), given[states : states + many]
        outer = dict(zip(needed, given[states + many :], strict=True))
        length = scanned[0].shape[axes[0]]
        if length > MOST_TURNS:
            raise InputError(f"it goes round more than {MOST_TURNS:,} times")
        listed: list[list[Tensor]] = [[] for _ in range(stacked)]
        for turn in range(length):
            row = [x.select(axis, length - 1 - turn if back else turn)
                   for x, axis, back in zip(scanned, axes, backward, strict=True)]  # fmt: skip
            values = yield from _performed(inner, outer | dict(zip(inner.inputs, [*carried, *row], strict=True)))
            results = [values[value] for value in inner.outputs]
            carried = results[:states]
            for found, value in zip(listed, results[states:], strict=True):
                found.append(value)
        return [*carried, *(torch.stack(found[::-1] if back else found, axis)
                            for found, axis, back in zip(listed, out_axes, out_backward, strict=True))]  # fmt: skip

    body.nodes.append(Node("Scan", (*taken, *needed), tuple(made), run, (line,), (), (name,)))


def _performed(body: "Body", around: Mapping[str, Any]) -> Any:
    """Run the nodes of a branch; the values then."""
    values: Values = dict(around)
    for node in body.nodes:
        made = yield node, [values[name] if name else None for name in node.inputs]
        values |= {name: value for name, value in zip(node.outputs, made, strict=False) if name}
    return values


Path = Callable[["Builder", Any, Op, str, Sequence[str], "Body"], None]
PATHS: Mapping[str, Path] = {"If": _if, "Loop": _loop, "Scan": _scan}
"""Operators that have nodes within them."""
