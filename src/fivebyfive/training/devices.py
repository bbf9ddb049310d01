"""What computes a training: a processor, or a GPU, as it is asked for."""

import torch

from fivebyfive.errors import InputError
from fivebyfive.group import current


def device(asked: str | None) -> torch.device:
    """The device of that name; None: a GPU where there is one.

    Raises:
        InputError: there is no such device here.
    """
    _expect_one_each(asked)
    if asked is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(asked)
        torch.empty(1, device=found).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        said = " ".join(str(error).split())[:100]
        raise InputError(f"device '{asked[:40]}' cannot be used here ({said}); this machine has {_those()}") from None
    return found


def _expect_one_each(asked: str | None) -> None:
    """Raise where several processes of this machine would have to share a GPU, which they cannot."""
    processes, gpus = current().local_size, torch.cuda.device_count()
    if processes == 1 or asked == "cpu" or not torch.cuda.is_available():
        return
    if asked not in (None, "cuda"):
        raise InputError(f"{processes} processes cannot share the device '{asked[:40]}'; give --device cuda, or cpu")
    if processes > gpus:
        raise InputError(
            f"there are {processes} processes on this machine and {gpus} GPUs, and each needs one of its own; start "
            f"{gpus}, or give --device cpu"
        )


def _those() -> str:
    """The names of those that are here."""
    names = ["cpu", *(f"cuda:{n}" for n in range(torch.cuda.device_count()))]
    return ", ".join(names + ["mps"] * torch.backends.mps.is_available())
