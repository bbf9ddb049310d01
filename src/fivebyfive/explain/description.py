"""A trace as plain values: one record a step, for JSON and for tables."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from fivebyfive.explain.backward.sizes import GradientSizes
from fivebyfive.explain.backward.tracing import WayBack
from fivebyfive.explain.step import Arithmetic, Source, Step, Term


def described(step: Step) -> dict[str, Any]:
    """The step without its numbers, as values for JSON."""
    seen = step.receptive_field
    return {
        "index": step.index,
        "name": step.name,
        "op": step.op,
        "kind": step.kind,
        "module": step.module,
        "source": _line(step.source),
        "callers": [_line(caller) for caller in step.callers],
        "inputs": list(step.inputs),
        "input_shapes": [list(shape) for shape in step.input_shapes],
        "output_shape": list(step.output_shape),
        "layout": step.layout,
        "parameters": step.parameters,
        "macs": step.macs,
        "receptive_field": None
        if seen is None
        else {"height": seen.height, "width": seen.width, "jump": list(seen.jump), "whole": seen.whole},
        "attributes": {key: plain(value) for key, value in step.attributes.items()},
    }


def sum_described(found: Arithmetic, steps: Sequence[Step]) -> dict[str, Any]:
    """One number's sum as values for JSON; each term with the place of its value.

    Args:
        steps: what the terms' values are outputs of: a step's inputs, or on the way back all steps.
    """
    by_index = {step.index: step.name for step in steps}
    names = [step.name for step in steps]
    return {
        "total": plain(found.total),
        "operation": found.operation,
        "bias": plain(found.bias),
        "terms": [
            {
                "of": by_index.get(term.step, term.name) if term.step is not None else _input(names, term),
                "position": None if term.position is None else list(term.position),
                "value": plain(term.value),
                "weight": plain(term.weight),
                "product": plain(term.product),
            }
            for term in found.terms
        ],
        "remainder": plain(found.remainder),
        "remainder_count": found.remainder_count,
        "formula": found.symbols,
    }


def _input(names: Sequence[str], term: Term) -> str:
    return names[term.input] if term.position is not None and term.input < len(names) else term.name


def way_back_described(way_back: WayBack, sizes: GradientSizes) -> dict[str, Any]:
    """The way back without its numbers: what it started from, and how large the gradient is everywhere."""
    steps = [
        {"index": one.index, "name": one.name, "rms": one.rms, "largest": one.largest, "zeros": one.zeros}
        for one in sizes.steps
    ]
    parameters = [
        {"name": one.name, "gradient": one.gradient, "weight": one.weight, "ratio": one.ratio}
        for one in sizes.parameters
    ]
    told = [[{key: plain(value) for key, value in one.items()} for one in ones] for ones in (steps, parameters)]
    return {"label": way_back.label or None, "loss": plain(way_back.loss), "steps": told[0], "parameters": told[1],
            "words": sizes.words()}  # fmt: skip


def rows(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """A table's rows: what each step is, where it stands in the code, what it took and cost, what came out."""
    return [_row(step) for step in steps]


def _row(step: Step) -> dict[str, Any]:
    seen, source = step.receptive_field, step.source
    values = step.output.abs() if step.output.is_complex() else step.output
    numbers = values.double() if values.numel() else values.new_full((1,), math.nan, dtype=torch.float64)
    return {
        "name": step.name,
        "op": step.op,
        "kind": step.kind,
        "module": step.module,
        "file": "" if source is None else Path(source.file).name,
        "line": None if source is None else source.line,
        "code": "" if source is None else source.code,
        "inputs": ", ".join(origin.name for origin in step.origins),
        "shape": step.output_shape,
        "layout": step.layout,
        "parameters": step.parameters,
        "macs": step.macs,
        "seconds": step.seconds,
        "bytes": step.memory,
        "field_height": None if seen is None else seen.height,
        "field_width": None if seen is None else seen.width,
        "min": float(numbers.min()),
        "mean": float(numbers.mean()),
        "max": float(numbers.max()),
    }


def _line(source: Source | None) -> dict[str, Any] | None:
    return None if source is None else {"file": source.file, "line": source.line, "code": source.code}


def plain(value: Any) -> Any:
    if isinstance(value, (tuple, list, torch.Size)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for infinity
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
