"""A trace as the layers that a drawing shows: small steps belong to the layer before them, long networks are folded.

What adds nothing to the picture of a network (a bias, a normalization, an activation) joins the layer whose values it
changes. Folding puts neighbouring layers of one module into one, deeper modules first, and, where there are no modules,
layers that follow each other in a straight line.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Size
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

MAIN_KINDS = ("input", "convolution", "pooling", "reshaping", "fully connected", "attention", "recurrent", "dropout")
BIAS_OPS = ("bias_add", "add", "add_")


@dataclass(frozen=True)
class Layer:
    """One thing in a drawing: the steps that it stands for, and the layers (by number) whose values go into it."""

    name: str
    kind: str
    steps: "tuple[Step, ...]"
    inputs: tuple[int, ...]
    members: "tuple[Layer, ...]" = ()

    @property
    def size(self) -> "Size":
        """(height, width, channels) of what comes out."""
        return self.steps[-1].size

    @property
    def is_list(self) -> bool:
        """Whether what comes out is a list of values: one pixel."""
        return self.size[:2] == (1, 1)

    @property
    def main(self) -> "Step":
        """The step that gives the layer its name."""
        return self.steps[0]

    @property
    def parameters(self) -> int:
        return sum(step.parameters for step in self.steps)

    @property
    def macs(self) -> int:
        """Those that are counted."""
        return sum(step.macs or 0 for step in self.steps)


def layers(trace: "Trace") -> list[Layer]:
    """The layers of `trace` in the order in which the code ran."""
    readers = Counter(i for step in trace.steps for i in set(step.inputs))
    home: dict[int, int] = {}
    groups: dict[int, list[Step]] = {}
    for step in trace.steps:
        sources = set(step.inputs)
        before = next(iter(sources)) if len(sources) == 1 else None
        if before is not None and readers[before] == 1 and _is_small(step, trace.steps[before]):
            home[step.index] = home[before]
            groups[home[before]].append(step)
        else:
            home[step.index] = step.index
            groups[step.index] = [step]
    number = {first: n for n, first in enumerate(groups)}
    result = []
    for steps in groups.values():
        inputs = tuple(dict.fromkeys(number[home[i]] for i in steps[0].inputs))
        result.append(Layer(steps[0].name, steps[0].kind, tuple(steps), inputs))
    return result


def folded(all_layers: list[Layer], fits: Callable[[list[Layer]], bool]) -> list[Layer]:
    """`all_layers`, or as few of them folded together as it takes until `fits` is content."""
    depth = max((len(_module(layer)) for layer in all_layers), default=0)
    candidates = [all_layers] + [_modules(all_layers, keep) for keep in range(depth, 0, -1)]
    for together in (_same_map, _always):
        candidates += [_straight(candidate, together) for candidate in candidates[: depth + 1]]
    return next((candidate for candidate in candidates if fits(candidate)), candidates[-1])


def contents(layer: Layer) -> str:
    """What a folded layer holds, in words: "4 convolutions, 1 pooling"."""
    counts = Counter(member.kind for member in layer.members)
    plural = {"convolution": "convolutions", "fully connected": "fully connected", "pooling": "poolings"}
    shown = [(k, n) for k, n in counts.most_common() if k in MAIN_KINDS and k not in ("reshaping", "dropout")]
    return ", ".join(f"{n} {plural.get(kind, kind) if n > 1 else kind}" for kind, n in shown[:2])


def common_path(names: Iterable[str]) -> str:
    """The beginning that dotted names share: "layer1.0" of "layer1.0.conv1" and "layer1.0.bn1"."""
    parts = zip(*(name.split(".") for name in names), strict=False)
    return ".".join(same[0] for same in takewhile(lambda same: len(set(same)) == 1, parts))


def _is_small(step: "Step", before: "Step") -> bool:
    adds_bias = step.op in BIAS_OPS
    return step.size == before.size and before.kind != "input" and (adds_bias or step.kind not in MAIN_KINDS)


def _same_map(a: Layer, b: Layer) -> bool:
    return a.size[:2] == b.size[:2]


def _always(a: Layer, b: Layer) -> bool:  # noqa: ARG001
    return True


def _module(layer: Layer) -> list[str]:
    return layer.main.module.split(".") if layer.main.module else []


def _modules(all_layers: list[Layer], keep: int) -> list[Layer]:
    """Fold what follows each other in one module, `keep` levels deep."""
    homes = [_module(layer)[:keep] for layer in all_layers]
    return _merged(all_layers, [a == b and len(a) == keep for a, b in pairwise(homes)])


def _straight(all_layers: list[Layer], together: Callable[[Layer, Layer], bool]) -> list[Layer]:
    """Fold each straight line of layers, as far as `together` allows."""
    readers = Counter(i for layer in all_layers for i in layer.inputs)
    joins = [
        layer.inputs == (n,) and readers[n] == 1 and before.kind != "input" and together(before, layer)
        for n, (before, layer) in enumerate(pairwise(all_layers))
    ]
    return _merged(all_layers, joins)


def _merged(all_layers: list[Layer], joins: Sequence[bool]) -> list[Layer]:
    """Put each layer into the one before it where `joins` says so; a layer that stays alone stays as it is."""
    groups: list[list[int]] = []
    for n in range(len(all_layers)):
        if n and joins[n - 1]:
            groups[-1].append(n)
        else:
            groups.append([n])
    home = {n: g for g, members in enumerate(groups) for n in members}
    result = []
    for g, members in enumerate(groups):
        inputs = dict.fromkeys(home[i] for n in members for i in all_layers[n].inputs)
        result.append(_fold([all_layers[n] for n in members], tuple(i for i in inputs if i != g)))
    return result


def _fold(group: list[Layer], inputs: tuple[int, ...]) -> Layer:
    """One layer for all of `group`: its kind is that of the costliest, its name their common module's."""
    if len(group) == 1:
        return replace(group[0], inputs=inputs)
    costliest = max(group, key=lambda layer: layer.macs)
    costly = [layer for layer in group if layer.macs] or group
    name = common_path(layer.main.module for layer in costly) or costliest.name
    steps = sorted((step for layer in group for step in layer.steps), key=lambda step: step.index)
    members = tuple(leaf for layer in group for leaf in (layer.members or (layer,)))
    return Layer(name, costliest.kind, tuple(steps), inputs, members)
