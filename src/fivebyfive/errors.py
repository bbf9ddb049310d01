"""What can go wrong, in two kinds: the caller can mend it, or the machine failed.

The command line prints either as one line, ``error: what is wrong, where, and what to do``, and exits with the
error's ``exit_code``; from Python they are ordinary exceptions.
"""

import difflib
from collections.abc import Iterable

NO_MEMORY = ("can't allocate memory", "out of memory", "bad_alloc", "failed to allocate", "insufficient memory")
"""How the libraries' own errors, which are of no special type, say that there is no memory."""
LONGEST = 100
"""Letters of a name that are compared with others."""
CALLED = {
    "lr": ("learning_rate",),
    "bs": ("batch_size",),
    "batch": ("batch_size",),
    "wd": ("weight_decay",),
    "eps": ("epsilon",),
    "steps": ("samples",),
    "iterations": ("samples",),
    "dropout": ("keep_prob",),
    "early_stopping": ("patience",),
    "amp": ("precision",),
    "workers": ("processes",),
    "gpu": ("device",),
    "cuda": ("device",),
    "weights": ("init", "model"),
    "checkpoint": ("resume", "model"),
    "pretrained": ("init",),
    "output": ("out",),
    "dataset": ("data",),
    "class": ("label",),
    "target": ("label",),
    "layer": ("at",),
    "format": ("to",),
    "test": ("evaluate",),
    "fit": ("train",),
    "read": ("predict",),
    "classify": ("predict",),
    "show": ("explain",),
    "draw": ("serve",),
    "convert": ("export",),
    "cnn": ("conv_net",),
    "mlp": ("perceptron",),
}
"""What is called otherwise elsewhere, and what it is called here: the first of these names that there is."""


def nearest(name: str, known: Iterable[str], most: int = 1, alike: float = 0.6) -> list[str]:
    """Which of the `known` names may be meant by `name`, the likeliest first: what it is called here, then what is
    spelled much like it, in letters of either case.

    Args:
        alike: how much, from 0 to 1.
    """
    names = {_bare(each): each for each in reversed(list(known))}
    asked = _bare(name[:LONGEST])
    words = [asked, *CALLED.get(asked, ()), *difflib.get_close_matches(asked, names, most, alike)]
    return list(dict.fromkeys(names[word] for word in words if word in names))[:most]


def meant(name: str, known: Iterable[str]) -> str:
    """Which of the `known` names was meant, in brackets, where one may be; else nothing."""
    return "".join(f" (did you mean {near}?)" for near in nearest(name, known))


def _bare(name: str) -> str:
    """A name as it is in Python: of --learning-rate, learning_rate."""
    return name.lstrip("-").lower().replace("-", "_")


class InputError(ValueError):
    """The call or its input is wrong: a bad argument, a damaged file, a shape that does not fit."""

    exit_code = 2


class Failure(RuntimeError):
    """The call was right and it failed all the same: a full disk, a network that raised, a port in use."""

    exit_code = 1
