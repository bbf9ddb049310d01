"""The words of a drawing: names and settings under figures, sizes at edges, answers, the key to the colours."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fivebyfive.explain.layout import size_text
from fivebyfive.views import svg
from fivebyfive.views.guard import guarded
from fivebyfive.views.layers import Layer, contents
from fivebyfive.views.svg import text_width
from fivebyfive.views.volumes import CELL, FEW, JOIN_SIGNS, Figure

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace


def label(layer: Layer, detail: bool) -> list[tuple[str, str]]:
    """The lines under a layer's figure, each with its font."""
    name = (_short(layer.name), "name")
    size = (size_text(layer.size), "word")
    if not detail:
        return [name, size]
    facts = (
        [contents(layer)]
        if layer.members
        else guarded(layer.main, "The description", lambda _: _facts(layer), lambda _: [f"{layer.main.op}: not shown"])
    )
    if layer.parameters:
        facts.append(f"{layer.parameters:,} parameters")
    return [
        name,
        *([size] if layer.is_list or layer.main.kind == "joining" else []),
        *((f, "word") for f in facts if f),
    ]


def _facts(layer: Layer) -> list[str]:
    step = layer.main
    attributes = step.attributes
    kernel = "×".join(map(str, attributes["kernel"])) if "kernel" in attributes else ""
    added = _added(layer)
    facts: dict[str, list[str]] = {
        "input": ["pixels" if layer.is_list else "picture"],
        "convolution": [f"convolution {kernel}", *_settings(step)],
        "pooling": [f"{attributes.get('pooling', '')} pooling {kernel}".strip(), *_settings(step)],
        "fully connected": ["fully connected"],
        "dropout": [_dropout(attributes.get("keep_prob"))],
        "reshaping": [step.kind],
        "joining": [] if step.op in JOIN_SIGNS else [step.op],
    }
    return [*facts.get(step.kind, [step.op]), *([f"+ {', '.join(added)}"] if added else [])]


def _dropout(keep: float | None) -> str:
    if keep is None:
        return "dropout"
    return "dropout (off)" if keep == 1 else f"dropout, keep {keep:g}"


def _settings(step: "Step") -> list[str]:
    attributes = step.attributes
    settings = []
    stride = attributes.get("stride", (1, 1))
    if any(n != 1 for n in stride) and not (step.kind == "pooling" and stride == attributes.get("kernel")):
        settings.append(f"stride {_one_or_each(stride)}")
    if attributes.get("padding_name"):
        settings.append(f"{attributes['padding_name']} padding")
    elif any(before or after for before, after in attributes.get("padding", ())):
        settings.append(f"padding {_one_or_each([before for before, _ in attributes['padding']])}")
    if any(n != 1 for n in attributes.get("dilation", ())):
        settings.append(f"dilation {attributes['dilation'][0]}")
    if attributes.get("groups", 1) > 1:
        settings.append("depthwise" if attributes["groups"] == step.size[2] else f"{attributes['groups']} groups")
    return [", ".join(settings)] if settings else []


def _one_or_each(numbers: Sequence[int]) -> str:
    """One number for every direction, or one each."""
    return str(numbers[0]) if len(set(numbers)) == 1 else ", ".join(map(str, numbers))


def _added(layer: Layer) -> list[str]:
    """The small steps that belong to a layer, in the field's words."""
    names = {
        "bias_add": "bias",
        "add": "bias",
        "add_": "bias",
        "batch_norm": "batch norm",
        "batch_normalization": "batch norm",
        "relu": "ReLU",
        "relu_": "ReLU",
    }
    steps = [step for step in layer.steps[1:] if step.kind != "output"]
    bias = ["bias"] if layer.main.bias is not None and layer.main.kind in ("convolution", "fully connected") else []
    return list(dict.fromkeys([*bias, *(names.get(step.op, step.op.strip("_").replace("_", " ")) for step in steps)]))


def _short(name: str, most: int = 20) -> str:
    """`name`, or as much of its end as fits: there it tells the most."""
    parts = name.split(".")
    while len(parts) > 1 and len(".".join(parts)) + 1 > most:
        parts.pop(0)
    short = ".".join(parts)
    return name if len(name) <= most else f"…{short[-most + 1 :]}"


def sizes(figure: Figure) -> list[str]:
    """Height, width and channels at a volume's edges."""
    height, width, channels = figure.layer.size
    return [
        svg.text(figure.x - 4, figure.bottom - 2, str(height), "edge", "end"),
        svg.text(figure.x + figure.width / 2, figure.bottom + 11, str(width), "edge"),
        svg.text(
            figure.x + figure.width + figure.dx / 2 + 4,
            figure.bottom - figure.dy / 2 + 8,
            str(channels),
            "edge",
            "start",
        ),
    ]


def answers_of(trace: "Trace", last: Layer) -> list[str]:
    """What stands beside the output: every class if there are few of them, else the answer."""
    if not trace.prediction or not last.is_list:
        return []
    label, probability = trace.prediction[0]
    best = f"{label}  {probability:.1%}" + (f" ({trace.doubt})" if trace.doubt else "")
    if last.size[2] > FEW or len(trace.classes) != last.size[2]:
        return [best]
    return [best if c == label else c for c in trace.classes]


def winner_of(trace: "Trace", last: Layer) -> int | None:
    """Which cell of the output is the answer's; None where the cells have no names."""
    answers = answers_of(trace, last)
    return trace.classes.index(trace.prediction[0][0]) if len(answers) > 1 else None


def beside_output(answers: Sequence[str], winner: int | None, figure: Figure) -> list[str]:
    """The answers beside the output's figure: one at its middle, several each at its own cell."""
    x = figure.x + figure.width + 7
    if len(answers) == 1:
        return [svg.text(x, figure.axis + 4, answers[0], "win", "start")]
    return [
        svg.text(x, figure.top + CELL * (i + 0.5) + 4, answer, "win" if i == winner else "word", "start")
        for i, answer in enumerate(answers)
    ]


def legend(kinds: Iterable[str], left: float, y: float, width: float) -> tuple[list[str], float, float]:
    """A key to the colours, from (`left`, `y`) on; how far right it goes, and where it ends."""
    parts, x, right = [], left, left
    for kind in dict.fromkeys(kinds):
        room = 16 + text_width(kind, "word")
        if x > left and x + room > width:
            x, y = left, y + 18
        parts.append(svg.rectangle(x, y, 11, 11, f"front {svg.of_kind(kind)}", radius=2))
        parts.append(svg.text(x + 16, y + 9.5, kind, "word", "start"))
        right = max(right, x + room)
        x += room + 16
    return parts, right, y + 12
