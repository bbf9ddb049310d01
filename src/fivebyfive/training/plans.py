"""What a run is, all of it known before its first step, and how `run.json` holds it."""

import dataclasses
import json
import platform
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy
import torch

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.pictures.fitting import CROP, FITS
from fivebyfive.training.frames import MOST_FRAMES
from fivebyfive.training.recipe import Recipe, checked

LONGEST = 2**22
"""Bytes that a `run.json` has at the most: the names of a hundred thousand classes."""
MOST, LARGEST = 2**53, 2**14
"""Whole numbers are smaller than this, and no picture is higher or wider."""


@dataclass(frozen=True)
class Plan:
    """What a run is.

    Attributes:
        network: its name; FILE.py:NAME with the whole path.
        data: "mnist", or the whole path.
        code: SHA-256 of the file of a user's own network; "" for all others.
        skip_broken: pictures of its folder that cannot be read were left out.
        film: frames that its film has at the most; 0: there is none.
        fit: how its pictures came to `shape`, one of `fitting.FITS`.
        cache: decoded pictures are kept on the disk.
        searched: steps of the search that its learning rates were found by; 0: they were given.
        device: that was asked for; "": a GPU where there is one.
        head: names of the last layer's parameters, where that learns in another way than the rest.
        init: the whole path of the weights that it began with; "": it began with fresh ones.
    """

    network: str
    recipe: Recipe
    seed: int
    data: str
    data_sha256: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    versions: dict[str, str]
    code: str = ""
    skip_broken: bool = False
    film: int = 0
    fit: str = CROP
    cache: bool = True
    searched: int = 0
    device: str = ""
    init: str = ""
    head: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `run.json` holds it."""
        return dataclasses.asdict(self)


def plan(network: str, recipe: Recipe, seed: int, data: Dataset, code: str, film: int = 0) -> Plan:
    """What is about to be trained, with the versions of what trains it."""
    versions = {
        "fivebyfive": fivebyfive.__version__,
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "python": platform.python_version(),
    }
    about = (data.name, data.sha256, data.classes, data.shape)
    return Plan(network, recipe, seed, *about, versions, code, skip_broken=bool(data.left_out), film=film, fit=data.fit)


def parse(text: bytes) -> dict[str, Any]:
    """The document that `text` holds, if it may be a run's.

    Raises:
        ValueError: it is none; says why.
    """
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} bytes")
    try:
        document = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("it is no object")
    _expect(document.get("state") in ("training", "done"), "state")
    return document


def from_json(document: dict[str, Any]) -> Plan:
    """The plan that a `run.json` describes; what a later version added may be missing.

    Raises:
        ValueError: it describes none; names the value that is wrong or missing.
    """
    values = {f.name: document[f.name] for f in dataclasses.fields(Plan) if f.name in document}
    for name in ("network", "data", "data_sha256"):
        _expect(isinstance(values.get(name), str) and values[name] != "", name)
    _expect(_is_whole(values.get("seed")) and 0 <= values["seed"] < 2**31, "seed")
    classes: Any = values.get("classes")
    shape: Any = values.get("shape")
    versions: Any = values.get("versions")
    _expect(isinstance(classes, list) and len(classes) > 1 and all(isinstance(c, str) for c in classes), "classes")
    _expect(isinstance(shape, list) and len(shape) == 3, "shape")
    _expect(all(_is_whole(n) and 0 < n <= LARGEST for n in shape), "shape")
    _expect(isinstance(versions, dict) and all(isinstance(v, str) for v in versions.values()), "versions")
    _expect(isinstance(values.get("code", ""), str), "code")
    for name in ("skip_broken", "cache"):
        _expect(isinstance(values.get(name, True), bool), name)
    _expect(values.get("fit", CROP) in FITS, "fit")
    _expect(_is_whole(values.get("film", 0)) and 0 <= values.get("film", 0) <= MOST_FRAMES, "film")
    _expect(_is_whole(values.get("searched", 0)) and 0 <= values.get("searched", 0) < 2**31, "searched")
    for name in ("device", "init"):
        _expect(isinstance(values.get(name, ""), str), name)
    head: Any = values.get("head", [])
    _expect(isinstance(head, list) and all(isinstance(n, str) for n in head), "head")
    values |= {"head": tuple(head)}
    values |= {"recipe": _recipe(values.get("recipe")), "classes": tuple(classes), "shape": tuple(shape)}
    return Plan(**values)


def _recipe(values: Any) -> Recipe:
    _expect(isinstance(values, dict) and "name" in values, "recipe")
    types = {f.name: f.type for f in dataclasses.fields(Recipe)}
    for name, value in values.items():
        wanted = types.get(name)
        sound = _is_whole(value) if wanted is int else type(value) in ((int, float) if wanted is float else (wanted,))
        _expect(sound and (type(value) is not int or abs(value) < MOST), f"recipe's {name!r}")
    return checked(Recipe(**values))


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < MOST


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _expect(holds: bool, name: str) -> None:
    if not holds:
        raise ValueError(f"its {name[:100]} is missing or wrong")
