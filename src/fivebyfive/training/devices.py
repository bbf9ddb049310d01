"""What computes a training: a processor, or a GPU, as it is asked for."""

import torch

from fivebyfive.errors import InputError


def device(asked: str | None) -> torch.device:
    """The device of that name; None: a GPU where there is one.

    Raises:
        InputError: there is no such device here.
    """
    if asked is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(asked)
        torch.empty(1, device=found).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        said = " ".join(str(error).split())[:100]
        raise InputError(f"device '{asked[:40]}' cannot be used here ({said}); this machine has {_those()}") from None
    return found


def _those() -> str:
    """The names of those that are here."""
    names = ["cpu", *(f"cuda:{n}" for n in range(torch.cuda.device_count()))]
    return ", ".join(names + ["mps"] * torch.backends.mps.is_available())
