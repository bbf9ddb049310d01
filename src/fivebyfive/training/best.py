"""The best state of a training so far: a file beside the checkpoint, so that no kill loses it.

Its name says after which step it was. An older one stays until a checkpoint is past the step of its successor: a
training that goes on from before that step finds what was the best then.
"""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import nn

from fivebyfive.errors import InputError
from fivebyfive.files import failure, make_folder, open_plain, remove_unfinished, write_atomically
from fivebyfive.state import load_into, tensors_of
from fivebyfive.training.checkpoint import expect_alike, expect_size

NAME = re.compile(r"best-(\d{1,15})\.safetensors")


def save(folder: Path, step: int, network: nn.Module, saved: int) -> None:
    """Write the state of `network` as the best so far, the one after `step`.

    Args:
        folder: of the checkpoint.
        saved: the step of the checkpoint; the best one up to there stays.
    """
    make_folder(folder)
    data = to_bytes(tensors_of(network))
    write_atomically(folder / f"best-{step}.safetensors", lambda path: path.write_bytes(data))
    kept = max((n for n in _steps(folder) if n <= saved), default=None)
    _drop(folder, lambda n: n not in (step, kept))


def take(folder: Path, step: int, network: nn.Module) -> None:
    """Give `network` the state that was the best, the one after `step`.

    Raises:
        InputError: the file is missing, damaged, or another network's; nothing changed.
    """
    path = folder / f"best-{step}.safetensors"
    try:
        expect_size(path, network)
        with open_plain(path) as file:
            tensors = from_bytes(file.read())
        expect_alike(tensors, network)
    except (SafetensorError, OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"the best state {path} cannot be read ({said}); train anew with another --out") from None
    load_into(network, tensors)


def rewind(folder: Path, step: int) -> None:
    """Forget what was best after `step`, and what a kill left half written."""
    if folder.is_dir():
        for name in [entry.name for entry in folder.iterdir() if NAME.search(entry.name) and entry.name[0] == "."]:
            remove_unfinished(folder / name[1:-9])
        _drop(folder, lambda n: n > step)


def remove(folder: Path) -> None:
    """Remove them all; what cannot be removed does no harm to a run that is done."""
    with contextlib.suppress(Exception):
        rewind(folder, -1)


def _steps(folder: Path) -> list[int]:
    return [int(found[1]) for entry in folder.iterdir() if (found := NAME.fullmatch(entry.name))]


def _drop(folder: Path, unwanted: Callable[[int], bool]) -> None:
    try:
        for step in filter(unwanted, _steps(folder)):
            (folder / f"best-{step}.safetensors").unlink(missing_ok=True)
    except OSError as error:
        raise failure(folder, error) from None
