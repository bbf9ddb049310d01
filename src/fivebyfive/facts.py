"""What a model file says of itself, each size and type checked before anything is done with it."""

import json
import math
from collections.abc import Mapping
from typing import Any

from fivebyfive.errors import InputError

LONGEST = 8_000_000
"""Characters of all facts together: 10,000 classes fit."""
MOST_CLASSES = 10_000
"""A confusion matrix of more takes gigabytes."""
LONGEST_CLASS = 255
"""Characters, as many as a folder's name may have."""
LONGEST_SIDE = 4096
MOST_VALUES = 1 << 22
"""Of one picture: a batch of a few hundred then takes some gigabytes, and no more."""
TYPES: Mapping[str, type] = {
    "network": str,
    "data": str,
    "data_sha256": str,
    "preparation": str,
    "fit": str,
    "outputs": str,
    "new_head": str,
    "recipe": dict,
    "versions": dict,
    "seed": int,
}


def parse(text: str, name: object) -> dict[str, Any]:
    """The facts that are written as JSON in the file called `name`.

    Raises:
        InputError: they are no such document, or one of them is of another type than it must be.
    """
    if len(text) > LONGEST:
        raise InputError(f"{name} has {len(text):,} characters of facts about itself; the file is damaged")
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{name} says what it is in a way that cannot be read; the file is damaged") from None
    if not isinstance(facts, dict):
        raise InputError(f"{name} says of itself a {type(facts).__name__}, no list of facts; the file is damaged")
    for fact, kind in TYPES.items():
        if fact in facts and type(facts[fact]) is not kind:
            raise InputError(
                f"{name} says its {fact} is a {type(facts[fact]).__name__} where a {kind.__name__} was expected; "
                "the file is damaged"
            )
    return facts


def shape(value: object, name: object) -> tuple[int, int, int]:
    """Height, width and channels of a picture.

    Raises:
        InputError: it is something else, or larger than any picture here.
    """
    if not isinstance(value, list | tuple) or len(value) != 3 or not all(type(n) is int for n in value):
        raise InputError(f"{name} says its pictures have shape {_short(value)}; [height, width, channels] was expected")
    height, width, channels = value
    if not all(1 <= n <= LONGEST_SIDE for n in value) or math.prod(value) > MOST_VALUES:
        raise InputError(
            f"{name} has pictures of shape {_short(value)}; at most {LONGEST_SIDE} a side, and {MOST_VALUES:,} values "
            "in all, can be used"
        )
    return height, width, channels


def classes(value: object, name: object) -> tuple[str, ...]:
    """The names of classes.

    Raises:
        InputError: they are something else, too many, or one is too long or named twice.
    """
    if not isinstance(value, list | tuple) or len(value) < 2 or not all(isinstance(c, str) for c in value):
        raise InputError(f"{name} does not say in words which classes it knows; two or more names were expected")
    if len(value) > MOST_CLASSES:
        raise InputError(f"{name} has {len(value):,} classes; at most {MOST_CLASSES:,} can be used")
    longest = max(value, key=len)
    if len(longest) > LONGEST_CLASS:
        raise InputError(
            f"{name} has a class whose name has {len(longest):,} characters, {longest[:40]!r} …; "
            f"at most {LONGEST_CLASS} can be used"
        )
    if len(set(value)) < len(value):
        twice = next(c for n, c in enumerate(value) if c in value[:n])
        raise InputError(f"{name} names the class {twice!r} twice; each needs a name of its own")
    return tuple(value)


def _short(value: object) -> str:
    try:
        text = ascii(value)
    except (RecursionError, ValueError):  # nested without end, or a number of thousands of digits
        return type(value).__name__
    return text if len(text) <= 60 else f"{text[:60]}…"
