"""A recipe says how a network is trained: plain values, every one of which the command line can set.

The recipes themselves are in `recipes/`, one file each, which begins with what the recipe reaches.
"""

import dataclasses
import importlib
import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fivebyfive.errors import InputError, meant

MOST_EPOCHS = 100
MOST_MEMBERS = 99
AUTO = "auto"
"""In place of a learning rate: it is to be found."""
OF_TRAIN = ("network", "data", "recipe", "seed", "out", "size", "init", "device", "film", "callback", "log")
"""What `run.train` takes besides."""
IN_WORDS = {int: "a whole number", float: "a number", bool: "True or False", str: "a word"}
LOOKS = 20
"""At the validation images, where a recipe needs them and does not say how many."""
NAMES = ("classic", "good", "quick", "best", "photos", "finetune")
_DEFAULTS = {"conv_net": "classic", "perceptron": "classic", "quick": "quick", "deep": "best", "best": "best"}
PHOTOS, FINETUNE = "photos", "finetune"
LARGE = 64
"""Pixels a side: what is larger is a photograph, and so is what has colours."""


@dataclass(frozen=True)
class Range:
    """What a value of a recipe may be: in words, and whether a value is."""

    in_words: str
    holds: Callable[[Any], bool]


COUNT = Range("at least 1", lambda x: x >= 1)
MEMBERS = Range(f"at least 1 and at most {MOST_MEMBERS}", lambda x: 1 <= x <= MOST_MEMBERS)
ABOVE_0 = Range("above 0", lambda x: x > 0)
FROM_0 = Range("0 or more", lambda x: x >= 0)
SHARE = Range("at least 0 and at most 1", lambda x: 0 <= x <= 1)
PART = Range("at least 0 and below 1", lambda x: 0 <= x < 1)
SOME = Range("above 0 and at most 1", lambda x: 0 < x <= 1)
SWITCH = Range("true or false", lambda x: x in (True, False))


def _one_of(*words: str) -> Range:
    return Range(" or ".join(words), lambda x: x in words)


def _value(default: Any, values: Range, meaning: str) -> Any:
    return field(default=default, metadata={"help": meaning, "range": values})


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. Each field's default leaves that part out, or is the post's."""

    name: str
    batch_size: int = _value(128, COUNT, "Images a step.")
    samples: int = _value(200_000, COUNT, "Images in all: while step · batch size < samples, one more step.")
    epochs: int = _value(0, FROM_0, "Times that every image is shown, in place of samples; 0: samples says.")
    accumulate: int = _value(
        1, FROM_0, "Parts that a step's images go through the network in, to save memory; 0: few large ones at a time."
    )
    learning_rate: float = _value(0.001, ABOVE_0, "Of Adam; the highest one where there is a schedule.")
    beta1: float = _value(0.9, PART, "Of Adam: how slowly its mean of the gradient forgets.")
    beta2: float = _value(0.999, PART, "Of Adam: how slowly its mean of the squared gradient forgets.")
    epsilon: float = _value(1e-8, ABOVE_0, "Of Adam: added to the root, against division by zero.")
    weight_decay: float = _value(0.0, FROM_0, "Share of a weight taken off it, times the learning rate, each step.")
    muon_rate: float = _value(0.0, FROM_0, "Learning rate of hidden layers' weights by Muon; 0: by Adam as all others.")
    momentum: float = _value(0.85, PART, "Of Muon: how slowly its mean of the gradient forgets.")
    warmup: float = _value(
        0.0, SHARE, "Share of the steps, the first ones, over which the learning rates rise to their highest."
    )
    cooldown: float = _value(
        0.0, SHARE, "Share of the steps, the last ones, over which the learning rates fall to zero."
    )
    averaging: float = _value(
        0.0, PART, "How slowly the running mean of the weights forgets, a step; it becomes the result."
    )
    loss: str = _value(
        "softmax",
        _one_of("softmax", "sigmoid"),
        "softmax: the classes share one probability; sigmoid: each says yes or no by itself.",
    )
    label_smoothing: float = _value(0.0, PART, "Share of a label that is spread over all the classes.")
    he: bool = _value(False, SWITCH, "Start a network of the post's vocabulary from He's weights instead of N(0, 1).")
    keep_prob: float = _value(0.75, SOME, "Probability to keep a unit in dropout, for networks that have it.")
    rotation: float = _value(0.0, FROM_0, "Pictures are turned by up to so many degrees.")
    scale: float = _value(0.0, PART, "Pictures grow or shrink by up to this share, height and width each for itself.")
    slant: float = _value(0.0, FROM_0, "Pictures lean by up to so many pixels sideways a pixel of height.")
    shift: float = _value(0.0, FROM_0, "Pictures move by up to so many pixels.")
    bend: float = _value(0.0, FROM_0, "Pictures are bent: neighbourhoods move by so many pixels, each its own way.")
    pen: float = _value(0.0, SHARE, "Strokes get thicker or thinner by up to so many pixels on each side.")
    flip: float = _value(0.0, SHARE, "Share of the photographs that are mirrored, left for right.")
    crop: float = _value(1.0, SOME, "Of photographs a part is shown, of at least this share of the area; 1: the whole.")
    resolution: float = _value(1.0, SOME, "Height and width that photographs are learned at, as a share of their own.")
    colour: float = _value(0.0, PART, "Light, contrast and colour of photographs change by up to this share.")
    mixing: float = _value(
        0.0, FROM_0, "Two photographs are shown through one another; how evenly, a Beta distribution says: its α."
    )
    freeze: float = _value(0.0, SHARE, "Share of the steps, the first ones, in which only the last layer learns.")
    body_rate: float = _value(1.0, FROM_0, "Factor of the learning rates for all but the last layer.")
    keep_norms: bool = _value(
        False, SWITCH, "Normalize all but the last layer by the means and variances that the network came with."
    )
    use_validation: bool = _value(False, SWITCH, "Learn from the validation images too; none is left to choose by.")
    ensemble: int = _value(1, MEMBERS, "Networks that learn side by side, whose probabilities are averaged.")
    class_weights: str = _value(
        "none",
        _one_of("none", "balanced"),
        "balanced: a picture of a rare class counts for more, so that all classes count alike.",
    )
    validations: int = _value(0, FROM_0, "Looks at the validation images while it learns, in all; 0: none.")
    patience: int = _value(0, FROM_0, "Looks in a row without a better one after which it ends early; 0: never.")
    keep: str = _value(
        "last", _one_of("last", "best"), "The weights that become the model: the last, or those of the best look."
    )
    precision: str = _value(
        "float32",
        _one_of("float32", "bfloat16", "auto"),
        "float32; bfloat16 makes products coarser and, on processors that have it, faster; auto: that on a GPU.",
    )
    display_step: int = _value(10, COUNT, "Steps between two printed lines.")

    def steps(self) -> int:
        """How many steps the post's loop takes: ``step = 1``, ``while step * batch_size < samples``."""
        return max(0, -(-self.samples // self.batch_size) - 1)

    def looks(self) -> int:
        """How often the validation images are looked at; also where something relies on it, and none is asked for."""
        return self.validations or (LOOKS if self.patience or self.keep == "best" else 0)

    def augments(self) -> bool:
        """Whether pictures are changed before they are learned."""
        return any((self.rotation, self.scale, self.slant, self.shift, self.bend, self.pen))

    def photographs(self) -> bool:
        """Whether pictures are changed, before they are learned, as photographs are."""
        return any((self.flip, self.colour, self.mixing)) or self.crop < 1 or self.resolution < 1

    def in_words(self) -> str:
        """How it changes photographs, and how often each is shown."""
        changes = {
            "mirrored": self.flip,
            "cut": self.crop < 1,
            "seen in another light": self.colour,
            "mixed": self.mixing,
            "turned, moved or bent": self.augments(),
        }
        done = [name for name, value in changes.items() if value]
        new = f"new ones are made of them, {', '.join(done)}" if done else "they are shown as they are"
        smaller = f", at {self.resolution:g} of their height and width" if self.resolution < 1 else ""
        return f"recipe {self.name}, for photographs: {new}{smaller}"

    def measures(self) -> bool:
        """Whether batch normalization is measured anew at the end."""
        return bool(self.averaging or self.augments() or self.photographs()) and not self.keep_norms

    def fine(self) -> bool:
        """Whether the last layer is told from the rest."""
        return bool(self.freeze) or self.body_rate != 1.0 or self.keep_norms


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
    return changed(recipe, changes)


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """`recipe` with some of its values changed; samples take the place of its epochs.

    Raises:
        InputError: it has no such value, or one is of another type or out of its range.
    """
    expect_known(changes)
    types = {value.name: value.type for value in options()}
    plain = {name: _plain(name, value, types[name]) for name, value in changes.items()}
    instead = {"epochs": 0} if "samples" in plain else {}
    return checked(dataclasses.replace(recipe, **(instead | plain)))


def expect_known(names: Iterable[str]) -> None:
    """Raise an InputError unless all of them are values of a recipe."""
    known = [value.name for value in options()]
    for name in names:
        if name not in known:
            near = meant(str(name), [*known, *OF_TRAIN])
            raise InputError(f"training has no value '{name}'{near}; 5x5 train --help lists them")


def _plain(name: str, value: Any, wanted: Any) -> Any:
    """`value` as the plain type that the recipe has; a whole number of NumPy's is one, True is no number."""
    kinds: dict[Any, Any] = {int: numbers.Integral, float: numbers.Real, bool: bool, str: str}
    if not isinstance(value, kinds[wanted]) or (wanted is not bool and isinstance(value, bool)):
        raise InputError(f"{name} is {value!r:.60}; {IN_WORDS[wanted]} was expected")
    return wanted(value)


def suited(name: str, images: int, changes: Mapping[str, Any]) -> Recipe:
    """The recipe called `name` for a data set of so many training images: where `changes` do not say how long to
    train, a small data set is not shown more than `MOST_EPOCHS` times.

    Raises:
        InputError: as `get`; or both `samples` and `epochs` are given.
    """
    if changes.get("samples") is not None and changes.get("epochs"):
        raise InputError("samples and epochs both say how long to train; give one of them")
    if "samples" in changes:
        return get(name, **{"epochs": 0, **changes})
    recipe = get(name, **changes)
    if recipe.epochs:
        return counted(recipe, images)
    return get(name, **{**changes, "samples": min(recipe.samples, MOST_EPOCHS * images + recipe.batch_size)})


def asked(values: Mapping[str, object]) -> tuple[dict[str, Any], bool]:
    """The values of a recipe without "auto", and whether it was there.

    Raises:
        InputError: one is no recipe's.
    """
    expect_known(values)
    auto = values.get("learning_rate") == AUTO
    return {name: value for name, value in values.items() if name != "learning_rate" or not auto}, auto


def counted(recipe: Recipe, images: int) -> Recipe:
    """`recipe` with as many `samples` as its `epochs` over so many images come to, the last step filled up."""
    if not recipe.epochs:
        return recipe
    return checked(dataclasses.replace(recipe, samples=recipe.epochs * images + recipe.batch_size))


def is_photograph(shape: tuple[int, int, int]) -> bool:
    """Whether pictures of this height, width and number of channels are taken for photographs, not for digits."""
    height, width, channels = shape
    return channels > 1 or max(height, width) > LARGE


def default_for(network: str, shape: tuple[int, int, int] | None = None, pretrained: bool = False) -> str:
    """The recipe that a network is trained by when none is named.

    Args:
        network: its name.
        shape: of the pictures, where it is known already.
        pretrained: the network begins with weights that have learned something.
    """
    if pretrained:
        return FINETUNE
    if shape is not None and is_photograph(shape):
        return PHOTOS
    return _DEFAULTS.get(network, "good")


def checked(recipe: Recipe) -> Recipe:
    """`recipe` itself, if its values make sense.

    Raises:
        InputError: names the value, what it is and what was expected.
    """
    for value in options():
        given, expected = getattr(recipe, value.name), value.metadata["range"]
        if isinstance(given, float) and not math.isfinite(given):
            raise InputError(f"{value.name} is {given}; a finite number was expected")
        if not expected.holds(given):
            raise InputError(f"{value.name} is {given}; {expected.in_words} was expected")
    if recipe.muon_rate and recipe.fine():
        raise InputError("freeze, body_rate and keep_norms go with Adam alone; set muon_rate to 0")
    if recipe.steps() == 0:
        raise InputError(
            f"samples is {recipe.samples} and batch_size {recipe.batch_size}: not one step of training "
            "(a step is taken while step · batch_size < samples)"
        )
    if recipe.use_validation and recipe.looks():
        raise InputError(
            "use_validation learns from the validation images, so none is left for validations, patience or keep best; "
            "leave one of them out"
        )
    return recipe
