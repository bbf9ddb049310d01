"""A recipe says how a network is trained: plain values, every one of which the command line can set.

The recipes themselves are in `recipes/`, one file each, which begins with what the recipe reaches.
"""

import dataclasses
import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fivebyfive.errors import InputError, meant

MOST_EPOCHS = 100
MOST_MEMBERS = 99
NAMES = ("classic", "good", "quick", "best")
PRECISIONS = ("float32", "bfloat16")
LOSSES = ("softmax", "sigmoid")
_DEFAULTS = {"conv_net": "classic", "perceptron": "classic", "quick": "quick", "deep": "best", "best": "best"}


def _value(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning})


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. Each field's default leaves that part out, or is the post's."""

    name: str
    batch_size: int = _value(128, "Images a step.")
    samples: int = _value(200_000, "Images in all: while step · batch size < samples, one more step.")
    learning_rate: float = _value(0.001, "Of Adam; the highest one where there is a schedule.")
    beta1: float = _value(0.9, "Of Adam: how slowly its mean of the gradient forgets.")
    beta2: float = _value(0.999, "Of Adam: how slowly its mean of the squared gradient forgets.")
    epsilon: float = _value(1e-8, "Of Adam: added to the root, against division by zero.")
    weight_decay: float = _value(0.0, "Share of a weight taken off it, times the learning rate, each step.")
    muon_rate: float = _value(0.0, "Learning rate of hidden layers' weights by Muon; 0: by Adam as all others.")
    momentum: float = _value(0.85, "Of Muon: how slowly its mean of the gradient forgets.")
    warmup: float = _value(
        0.0, "Share of the steps, the first ones, over which the learning rates rise to their highest."
    )
    cooldown: float = _value(0.0, "Share of the steps, the last ones, over which the learning rates fall to zero.")
    averaging: float = _value(0.0, "How slowly the running mean of the weights forgets, a step; it becomes the result.")
    loss: str = _value("softmax", "softmax: the classes share one probability; sigmoid: each says yes or no by itself.")
    label_smoothing: float = _value(0.0, "Share of a label that is spread over all the classes.")
    he: bool = _value(False, "Start a network of the post's vocabulary from He's weights instead of N(0, 1).")
    keep_prob: float = _value(0.75, "Probability to keep a unit in dropout, for networks that have it.")
    rotation: float = _value(0.0, "Pictures are turned by up to so many degrees.")
    scale: float = _value(0.0, "Pictures grow or shrink by up to this share, height and width each for itself.")
    slant: float = _value(0.0, "Pictures lean by up to so many pixels sideways a pixel of height.")
    shift: float = _value(0.0, "Pictures move by up to so many pixels.")
    bend: float = _value(0.0, "Pictures are bent: neighbourhoods move by so many pixels, each its own way.")
    pen: float = _value(0.0, "Strokes get thicker or thinner by up to so many pixels on each side.")
    use_validation: bool = _value(False, "Learn from the validation images too; none is left to choose by.")
    ensemble: int = _value(1, "Networks that learn side by side, whose probabilities are averaged.")
    precision: str = _value(
        "float32", "float32; bfloat16 makes products coarser and, on processors that have it, faster."
    )
    display_step: int = _value(10, "Steps between two printed lines.")

    def steps(self) -> int:
        """How many steps the post's loop takes: ``step = 1``, ``while step * batch_size < samples``."""
        return max(0, -(-self.samples // self.batch_size) - 1)

    def augments(self) -> bool:
        """Whether pictures are changed before they are learned."""
        return any((self.rotation, self.scale, self.slant, self.shift, self.bend, self.pen))


def options() -> list[dataclasses.Field[Any]]:
    """The values of a recipe that can be set one by one: all but its name."""
    return [f for f in dataclasses.fields(Recipe) if f.name != "name"]


def get(name: str, **changes: int | float | bool | str) -> Recipe:
    """The recipe called `name`, with some of its values changed.

    Raises:
        InputError: there is no such recipe, or a value is out of its range.
    """
    if name not in NAMES:
        raise InputError(f"recipe '{name}' is not known{meant(name, NAMES)}; choose one of {', '.join(NAMES)}")
    recipe: Recipe = importlib.import_module(f"fivebyfive.training.recipes.{name}").RECIPE
    return checked(dataclasses.replace(recipe, **changes))  # type: ignore[arg-type]


def suited(name: str, images: int, changes: Mapping[str, Any]) -> Recipe:
    """The recipe called `name` for a data set of so many training images: where `changes` do not say how long to
    train, a small data set is not shown more than `MOST_EPOCHS` times.
    """
    recipe = get(name, **changes)
    if "samples" in changes:
        return recipe
    return get(name, **{**changes, "samples": min(recipe.samples, MOST_EPOCHS * images + recipe.batch_size)})


def default_for(network: str) -> str:
    """The recipe that the network called `network` is trained by when none is named."""
    return _DEFAULTS.get(network, "good")


def checked(recipe: Recipe) -> Recipe:
    """`recipe` itself, if its values make sense.

    Raises:
        InputError: names the value, what it is and what was expected.
    """
    for name, value in vars(recipe).items():
        _expect(recipe, name, not isinstance(value, float) or math.isfinite(value), "a finite number")
    _expect(recipe, "ensemble", recipe.ensemble <= MOST_MEMBERS, f"at most {MOST_MEMBERS}")
    for name in ("batch_size", "samples", "display_step", "ensemble"):
        _expect(recipe, name, getattr(recipe, name) >= 1, "at least 1")
    for name in ("learning_rate", "epsilon"):
        _expect(recipe, name, getattr(recipe, name) > 0, "above 0")
    for name in ("beta1", "beta2", "momentum", "averaging", "label_smoothing", "scale"):
        _expect(recipe, name, 0 <= getattr(recipe, name) < 1, "at least 0 and below 1")
    for name in ("weight_decay", "muon_rate", "rotation", "slant", "shift", "bend"):
        _expect(recipe, name, getattr(recipe, name) >= 0, "0 or more")
    for name in ("warmup", "cooldown", "pen"):
        _expect(recipe, name, 0 <= getattr(recipe, name) <= 1, "at least 0 and at most 1")
    for name, known in (("precision", PRECISIONS), ("loss", LOSSES)):
        _expect(recipe, name, getattr(recipe, name) in known, " or ".join(known))
    _expect(recipe, "keep_prob", 0 < recipe.keep_prob <= 1, "above 0 and at most 1")
    if recipe.steps() == 0:
        raise InputError(
            f"samples is {recipe.samples} and batch_size {recipe.batch_size}: not one step of training "
            "(a step is taken while step · batch_size < samples)"
        )
    return recipe


def _expect(recipe: Recipe, name: str, holds: bool, expected: str) -> None:
    if not holds:
        raise InputError(f"{name} is {getattr(recipe, name)}; {expected} was expected")
