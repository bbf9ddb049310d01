"""A network begins with the weights that another training came to: all but its last layer, if that told other classes.

The names in the file are matched as in `weights.py`. Where another program has other names for the same layers, a state
dict's order matches them, if the whole sequence of shapes and of kinds (weight, bias, running_mean …) is the same.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from fivebyfive import state_dicts
from fivebyfive.errors import InputError
from fivebyfive.files import instead
from fivebyfive.model import find, shipped
from fivebyfive.weights import COUNT, Weights, opened, renamed

MOST_NAMED = 3
Names = dict[str, str]


@dataclass(frozen=True)
class Begun:
    """What was taken from a file.

    Attributes:
        taken: so many tensors.
        by_order: their names are another program's.
        fresh: names in the network of what begins anew.
        left: names in the file of what has no place.
        merged: its first layer sees colours, and its filters were added up for grey pictures.
    """

    path: Path
    taken: int
    by_order: bool
    fresh: tuple[str, ...]
    left: tuple[str, ...]
    merged: bool

    def in_words(self) -> str:
        """Where the weights come from, and which do not."""
        how = ", matched by their order, as their names are another program's" if self.by_order else ""
        grey = "; its filters for colours are added up for grey pictures" if self.merged else ""
        fresh = f"; {_layers(self.fresh)} begins anew" if self.fresh else ""
        left = f", in place of {_layers(self.left)} in the file" if self.fresh and self.left else (
            f"; {_layers(self.left)} in the file has no place here" if self.left else ""
        )  # fmt: skip
        return f"begins with {self.taken:,} tensors of {self.path}{how}{grey}{fresh}{left}"


def begin(network: nn.Module, which: str | Path, head: Collection[str], classes: Collection[str], name: str) -> Begun:
    """Give `network` the weights in a file or a run folder.

    Args:
        head: the names in its state of its last layer, which keeps what it has unless the file's told these `classes`.
        name: the network's, for errors.

    Raises:
        InputError: the file cannot be read, or is not of this network's body.
    """
    with opened(weights_of(which)) as weights:
        own = network.state_dict()
        body = [n for n, v in own.items() if n not in head and isinstance(v, Tensor) and not n.endswith(COUNT)]
        names, by_order = _matched(weights, own, body)
        _expect_body(weights, own, body, names, name)
        taken = {n: names[n] for n in body}
        last = [n for n in own if n in head and not n.endswith(COUNT)]
        told: object = weights.facts.get("classes", list(classes))
        fits = all(n in names and weights.shapes[names[n]] == tuple(own[n].shape) for n in last)
        if fits and told == list(classes):
            taken |= {n: names[n] for n in last}
        values = {n: _fitted(weights.tensor(f), own[n]) for n, f in taken.items()}
        network.load_state_dict(values, strict=False)
        left = sorted(weights.shapes.keys() - set(taken.values()))
        return Begun(
            weights.path,
            len(taken),
            by_order,
            tuple(n for n in last if n not in taken),
            tuple(n for n in left if not n.endswith(COUNT)),
            any(weights.shapes[f] != tuple(own[n].shape) for n, f in taken.items()),
        )


def weights_of(which: str | Path) -> Path:
    """The file of weights to begin with.

    Raises:
        InputError: there is none.
    """
    path = Path(which)
    if path.exists() or str(which) in shipped():
        return find(which)
    raise InputError(
        f"init {path} does not exist{instead(path, *shipped())}; give a run folder, a file of safetensors, or a state "
        "dict that torch.save has written (.pt, .pth)"
    )


def _matched(weights: Weights, own: dict[str, Tensor], body: list[str]) -> tuple[Names, bool]:
    """What each of the network's names is called in the file, and whether that was found by the order."""
    names = renamed(weights.shapes, body)
    if set(body) <= names.keys() or not state_dicts.is_one(weights.path):  # safetensors are in no order
        return names, False
    in_file = [name for name in weights.shapes if not name.endswith(COUNT)]
    wanted = [(n.rpartition(".")[2], tuple(own[n].shape)) for n in body]
    found = [(n.rpartition(".")[2], weights.shapes[n]) for n in in_file]
    if len(found) < len(wanted) or found[: len(wanted)] != wanted:
        return names, False
    return dict(zip(body, in_file, strict=False)), True


def _expect_body(weights: Weights, own: dict[str, Tensor], body: list[str], names: Names, name: str) -> None:
    unfit = f"weights {weights.path} are not of {name}"
    missing = [n for n in body if n not in names]
    if missing:
        more = f" and {len(missing) - MOST_NAMED:,} more" if len(missing) > MOST_NAMED else ""
        raise InputError(
            f"{unfit}: the file lacks {', '.join(missing[:MOST_NAMED])}{more} of its {len(body):,} tensors"
        )
    for n in body:
        in_file, here = weights.shapes[names[n]], tuple(own[n].shape)
        if in_file != here and not _of_colours(in_file, here):
            raise InputError(f"{unfit}: {names[n]} is {list(in_file)} in the file but {list(here)} in the network")


def _of_colours(in_file: tuple[int, ...], here: tuple[int, ...]) -> bool:
    """Whether filters in the file see three channels where the network's see one."""
    return len(here) == 4 and in_file == (here[0], 3, *here[2:]) and here[1] == 1


def _fitted(value: Tensor, own: Tensor) -> Tensor:
    """Filters for a grey picture do what those for its three equal channels do together."""
    return value if value.shape == own.shape else value.sum(1, keepdim=True)


def _layers(names: Collection[str]) -> str:
    """The layers that tensors belong to, the first few by name."""
    layers = list(dict.fromkeys(name.rpartition(".")[0] or name for name in names))
    more = f" and {len(layers) - MOST_NAMED:,} more" if len(layers) > MOST_NAMED else ""
    return ", ".join(layers[:MOST_NAMED]) + more
