"""PyTorch's own files of weights, ``.pth`` and ``.pt``: read as tensors alone, never as anything that can run.

``torch.load(…, weights_only=True)`` builds tensors, numbers, texts, lists and dictionaries, and refuses all else. What
people save around the weights, an epoch, an optimizer's state, is left aside.

Source: https://docs.pytorch.org/docs/stable/notes/serialization.html#weights-only
"""

import pickle
import warnings
import zipfile
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.files import open_plain

SUFFIXES = (".pth", ".pt", ".bin", ".ckpt", ".tar")
WRAPPERS = (
    "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "params_ema", "params",
    "state_dict_ema", "model_ema", "ema", "weights", "backbone",
)  # fmt: skip
"""Under which key a checkpoint has its weights, the likeliest first."""
MOST_PICKLED = 64 << 20
"""Bytes that say what the tensors are called and how large they are."""
MOST_NESTED = 4


def is_one(path: Path) -> bool:
    """Whether the file may hold a state dict, by its name and its first bytes."""
    if path.suffix.lower() not in SUFFIXES:
        return False
    with open_plain(path) as file:
        first = file.read(4)
    return first.startswith(b"PK\x03\x04") or (first[:1] == b"\x80" and first[1:2] in b"\x02\x03\x04\x05")


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict by their names.

    Raises:
        InputError: the file holds something else as well, which could run; or no weights; or it is damaged.
    """
    is_zip = zipfile.is_zipfile(path)
    if is_zip:
        _expect_plain(path)
    try:
        with warnings.catch_warnings(action="ignore"), torch.serialization.safe_globals([Namespace]):
            _expect_no_more_than_it_holds(path, torch.load(path, map_location="meta", weights_only=True))
            held = torch.load(path, map_location="cpu", weights_only=True, mmap=True if is_zip else None)
    except InputError:
        raise
    except pickle.UnpicklingError as error:
        raise InputError(f"weights {path} {_refused(str(error))}") from None
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, EOFError, IndexError,
            zipfile.BadZipFile, RecursionError, MemoryError, AssertionError, OverflowError) as error:  # fmt: skip
        said = " ".join(str(error).split())[:200] or type(error).__name__
        if isinstance(error, UnicodeDecodeError):
            said = "a name in it is no text"
        raise InputError(f"weights {path} cannot be read ({said}); the file is damaged") from None
    found = _weights(held, MOST_NESTED)
    if not found:
        keys = f"; it has {', '.join(map(str, list(held)[:6]))}" if isinstance(held, Mapping) and held else ""
        raise InputError(f"{path} holds no weights by their names{keys}; save network.state_dict()")
    return found


def _expect_plain(path: Path) -> None:
    """Raise unless what the archive claims fits into its own size."""
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as file:
        entries = file.infolist()
        if any(entry.filename.endswith("constants.pkl") for entry in entries):
            raise InputError(
                f"{path} is a TorchScript program, whose code is not run here; give the network's own code, --network "
                "FILE.py:NAME, and its weights: torch.save(scripted.state_dict(), path)"
            )
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_STORED:
                raise InputError(f"weights {path} are compressed within, as torch.save never does; save them again")
            if entry.filename.endswith("data.pkl") and entry.file_size > MOST_PICKLED:
                raise InputError(f"weights {path} have {entry.file_size:,} bytes of names alone; the file is damaged")


def _expect_no_more_than_it_holds(path: Path, planned: Any) -> None:
    """Raise unless the memory that all tensors claim is in the file; on the meta device they take none."""
    tensors = _weights(planned, MOST_NESTED)
    claimed = max((tensor.untyped_storage().nbytes() for tensor in tensors.values()), default=0)
    if claimed > path.stat().st_size:
        raise InputError(
            f"weights {path} claim {claimed:,} bytes for one tensor, more than the file has; it is damaged"
        )


def _refused(said: str) -> str:
    """Why PyTorch did not read it, in one sentence."""
    if "legacy .tar" in said:
        return "are of a PyTorch before 0.1.10; save them again with a newer one"
    return (
        "hold a whole network or other objects, a pickle, which is never opened here, for it can run code; save the "
        "weights alone where you trust it: torch.save(network.state_dict(), path)"
    )


def _weights(held: Any, depth: int) -> dict[str, Tensor]:
    """The tensors in a checkpoint, out of what is around them."""
    if not isinstance(held, Mapping) or not depth:
        return {}
    inner = (_weights(held[key], depth - 1) for key in WRAPPERS if isinstance(held.get(key), Mapping))
    within = next((found for found in inner if found), {})
    if within:
        return within
    return {name: value for name, value in held.items() if isinstance(name, str) and isinstance(value, Tensor)}
