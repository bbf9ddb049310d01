"""A film on the disk: a folder of reels, each a safetensors file with the frames between two checkpoints.

A reel is called by the step of its last frame, and written, in one move, before the checkpoint of that step: what a
checkpoint goes on from is filmed, and what comes after it is dropped and filmed again. In a reel the frames lie one
behind the other, a row each: ``weights``, ``gradients``, ``m``, ``changes`` of all that is kept, tensor after tensor;
``v`` of what AdamW trains; ``state``, ``taken``, ``answers``, ``losses``; and ``whole.N`` of the N-th large tensor in
the frames that ``whole`` numbers. The first reel has ``pictures`` and ``labels``, what the network is shown at every
frame.
"""

import contextlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from fivebyfive.datasets import Images
from fivebyfive.errors import Failure
from fivebyfive.files import failure, make_folder, remove_unfinished, write_atomically
from fivebyfive.training.keeping import Keeping

FILM = "film"
NAME = re.compile(r"([0-9]{1,12})\.safetensors")
KEPT = ("weights", "gradients", "m", "changes")
"""What is known of every number that is kept, beside v."""


@dataclass
class Frame:
    """What is kept after one step.

    Attributes:
        rows: by the name of a tensor of a reel, this frame's row of it.
        whole: the weights of the large tensors, flat; None: not in this frame.
    """

    step: int
    rows: dict[str, Tensor]
    whole: list[Tensor] | None = None

    @property
    def bytes(self) -> int:
        """That it takes on the disk."""
        return sum(value.nbytes for value in (*self.rows.values(), *(self.whole or ())))


def write(folder: Path, frames: Sequence[Frame], kept: Keeping, shown: Images) -> None:
    """Write a reel of `frames`, in one move.

    Args:
        shown: what the network is shown at every frame; the first reel holds it.

    Raises:
        InputError, Failure: it cannot be written.
    """
    make_folder(folder)
    tensors = {"steps": torch.tensor([frame.step for frame in frames])}
    tensors |= {name: torch.stack([frame.rows[name] for frame in frames]) for name in frames[0].rows}
    whole = [(n, frame.whole) for n, frame in enumerate(frames) if frame.whole is not None]
    if whole:
        tensors["whole"] = torch.tensor([n for n, _ in whole])
        tensors |= {f"whole.{n}": torch.stack([w[n] for _, w in whole]) for n in range(len(kept.large))}
    if not found(folder):
        tensors |= {"pictures": torch.from_numpy(shown.pixels), "labels": torch.from_numpy(shown.labels)}
    about = {"film": json.dumps(kept.as_json())}
    path = folder / f"{frames[-1].step:08}.safetensors"
    try:
        write_atomically(path, lambda file: save_file(tensors, file, about))
    except SafetensorError as error:
        raise Failure(f"{path} cannot be written ({error})") from None
    finally:
        _drop_empty(folder)


def found(folder: Path) -> list[tuple[int, Path]]:
    """The reels in `folder`, each with the step that it ends with, in their order."""
    if not folder.is_dir():
        return []
    named = [(NAME.fullmatch(path.name), path) for path in folder.iterdir()]
    return sorted((int(match[1]), path) for match, path in named if match)


def rewind(folder: Path, step: int) -> None:
    """Drop the reels that end after `step`, and what a kill left half written.

    Raises:
        Failure: a file cannot be removed.
    """
    if not folder.is_dir():
        return
    try:
        for left in [path for path in folder.iterdir() if re.fullmatch(r"\..+\.safetensors\.[0-9a-z_]{8}", path.name)]:
            remove_unfinished(folder / left.name[1:-9])
        for last, path in found(folder):
            if last > step and path.is_file():
                path.unlink()
    except OSError as error:
        raise failure(folder, error) from None
    _drop_empty(folder)


def _drop_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def size(folder: Path) -> int:
    """Bytes of the film in `folder`; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) if folder.is_dir() else 0
