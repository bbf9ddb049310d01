"""The reels of a film, read with care: what others left or damaged there is one sentence, and never much memory.

Every size is compared with what the run's own plan lets a film have, before anything is read.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.files import expect_no_links, open_plain
from fivebyfive.training import reels
from fivebyfive.training.frames import bytes_for
from fivebyfive.training.keeping import ADAMW, MUON, Keeping, Part
from fivebyfive.training.plans import Plan

MOST_HEADER = 16 << 20
"""Bytes of a reel that name its tensors and what is kept."""
BESIDE = 32 << 20
"""Bytes of a reel for names, pictures and state, beside what its frames may have."""
AND_NOW = "remove the folder it is in, or train anew with another --out"
LARGEST = 2**40
"""No tensor has more numbers."""
DAMAGE = (SafetensorError, OSError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError)
FLOATS = {"weights": "F16", "gradients": "BF16", "m": "BF16", "v": "BF16", "changes": "BF16", "state": "F32"}


@dataclass(frozen=True)
class Reel:
    """One file of a film, whose shapes are sound.

    Attributes:
        steps: of its frames.
        whole: which of its frames have the large tensors whole.
        shown: how many pictures the network was shown.
    """

    path: Path
    kept: Keeping
    steps: tuple[int, ...]
    whole: tuple[int, ...]
    shown: int

    def rows(self, name: str) -> Tensor:
        """The tensor called `name`, a row a frame.

        Raises:
            InputError: it can no longer be read.
        """
        rows: Tensor = _told(self.path, lambda: _read(self.path, lambda file: file.get_tensor(name)))
        return rows

    def whole_row(self, large: int, row: int) -> Tensor:
        """The weights of a large tensor in the `row`-th frame that has them, flat."""
        flat: Tensor = _told(self.path, lambda: _read(self.path, lambda file: file.get_slice(f"whole.{large}")[row]))
        return flat


def read(folder: Path, plan: Plan) -> list[Reel]:
    """The reels of the film in `folder`, in their order.

    Raises:
        InputError: one is damaged, is a link, or belongs to another training.
    """
    expect_no_links(folder)
    there = reels.found(folder)
    if len(there) > plan.film or reels.size(folder) > bytes_for(plan.film) + BESIDE:
        raise InputError(
            f"{folder} holds more than a film of {plan.film} frames can; remove it, or train anew with another --out"
        )
    found = [_told(path, lambda path=path, last=last: _reel(path, last, plan)) for last, path in there]  # type: ignore[misc]
    for one, next_one in pairwise(found):
        if next_one.kept != found[0].kept or next_one.steps[0] <= one.steps[-1] or next_one.shown != one.shown:
            raise _damaged(next_one.path, "it does not follow on the one before it")
    return found


def pictures(reel: Reel, plan: Plan) -> tuple[Tensor, Tensor]:
    """What the network was shown at every frame, from a film's first reel: uint8 [K, H, W, C] and int64 [K].

    Raises:
        InputError: they are not there, or damaged.
    """

    def reading(file: Any) -> tuple[Tensor, Tensor]:
        count = file.get_slice("answers").get_shape()[1]
        _expect(file.get_slice("pictures").get_shape() == [count, *plan.shape], "pictures")
        shown, labels = file.get_tensor("pictures"), file.get_tensor("labels")
        _expect(shown.dtype == torch.uint8, "pictures")
        _expect(labels.dtype == torch.int64 and tuple(labels.shape) == (count,), "labels")
        _expect(bool(((labels >= 0) & (labels < len(plan.classes))).all()), "labels")
        return shown, labels

    both: tuple[Tensor, Tensor] = _told(reel.path, lambda: _read(reel.path, reading))
    return both


def _reel(path: Path, last: int, plan: Plan) -> Reel:
    _expect_small(path, plan)

    def reading(file: Any) -> Reel:
        kept = _kept(json.loads((file.metadata() or {})["film"]))
        names = set(file.keys())
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
        kinds = {name: file.get_slice(name).get_dtype() for name in names}
        frames = prod(shapes["steps"])
        _expect(0 < frames <= plan.film, "steps")
        steps = _whole_numbers(file, "steps", kinds, frames)
        _expect(steps[0] >= 0 and all(a < b for a, b in pairwise(steps)), "steps")
        _expect(steps[-1] == last <= plan.recipe.steps(), "steps")
        widths = dict.fromkeys(reels.KEPT, kept.numbers) | {"v": sum(part.kept for part in kept.by_adamw)}
        widths |= {"state": kept.numbers_of_state} if kept.state else {}
        for name, width in widths.items():
            _expect((shapes[name], kinds[name]) == ((frames, width), FLOATS[name]), name)
        _expect((shapes["taken"], kinds["taken"]) == ((frames, len(kept.parts)), "I32"), "taken")
        shape = shapes.get("answers", (frames, 0, len(plan.classes)))
        if "answers" in names:
            _expect(
                len(shape) == 3 and (shape[0], shape[2], kinds["answers"]) == (frames, len(plan.classes), "F16"),
                "answers",
            )
            _expect((shapes["losses"], kinds["losses"]) == ((frames,), "F32"), "losses")
        whole = _whole_numbers(file, "whole", kinds, prod(shapes["whole"])) if "whole" in names else ()
        _expect(all(0 <= n < frames for n in whole) and all(a < b for a, b in pairwise(whole)), "whole")
        for n, part in enumerate(kept.large if whole else ()):
            name = f"whole.{n}"
            _expect((shapes[name], kinds[name]) == ((len(whole), part.size), "F16"), name)
        return Reel(path, kept, steps, whole, shape[1])

    reel: Reel = _read(path, reading)
    return reel


def _whole_numbers(file: Any, name: str, kinds: dict[str, str], most: int) -> tuple[int, ...]:
    _expect(kinds[name] == "I64" and most <= 1_000_000, name)
    value = file.get_tensor(name)
    _expect(value.dim() == 1, name)
    return tuple(value.tolist())


def _kept(said: Any) -> Keeping:
    parts = tuple(_part(*part) for part in said["parts"])
    _expect(len({part.name for part in parts}) == len(parts) > 0, "parts")
    state = None if said["state"] is None else tuple((_name(n), _shape(shape)) for n, shape in said["state"])
    _expect(type(said["inputs_first"]) is bool, "inputs_first")
    return Keeping(parts, state, said["inputs_first"])


def _part(name: Any, shape: Any, kept: Any, optimizer: Any) -> Part:
    part = Part(_name(name), _shape(shape), kept, optimizer)
    _expect(type(kept) is int and 0 < kept <= part.size and optimizer in (ADAMW, MUON), f"part {part.name[:50]}")
    return part


def _name(name: Any) -> str:
    _expect(type(name) is str and 0 < len(name) <= 1000 and name.isprintable(), "names")
    return str(name)


def _shape(shape: Any) -> tuple[int, ...]:
    _expect(
        type(shape) is list and len(shape) <= 16 and all(type(n) is int and 0 <= n <= LARGEST for n in shape), "shapes"
    )
    _expect(prod(shape) <= LARGEST, "shapes")
    return tuple(shape)


def _expect_small(path: Path, plan: Plan) -> None:
    """Raise if the file at `path`, or what it says of itself, is larger than any of the run's film; or a pipe."""
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        header = int.from_bytes(file.read(8), "little")
    most = bytes_for(plan.film) + BESIDE
    if size > most:
        raise ValueError(f"it has {size:,} bytes, and all of a film of {plan.film} frames at most {most:,}")
    _expect(header <= MOST_HEADER, "header")


def _read(path: Path, reading: Callable[[Any], Any]) -> Any:
    with safe_open(path, "pt") as file:
        return reading(file)


def _told(path: Path, doing: Callable[[], Any]) -> Any:
    try:
        return doing()
    except RecursionError:
        raise _damaged(path, "it is nested too deeply") from None
    except DAMAGE as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
        raise _damaged(path, said) from None


def _damaged(path: Path, said: str) -> InputError:
    return InputError(f"{path} cannot be read ({said}); {AND_NOW}")


def _expect(holds: bool, name: str) -> None:
    if not holds:
        raise ValueError(f"its {name} is missing or wrong")
