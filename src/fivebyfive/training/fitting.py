"""Whether a network can be trained on a data set, found out before anything is written: it is shown some pictures."""

import traceback
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from fivebyfive.errors import Failure, InputError
from fivebyfive.model import undisturbed
from fivebyfive.networks import as_input
from fivebyfive.outputs import kind_of


def expect_fit(network: nn.Module, name: str, pictures: npt.NDArray[np.uint8], classes: int) -> str:
    """What `network` gives for `pictures`, one of `outputs.KINDS`, if it is a value a class and has weights to train.

    Modules that find their sizes when they are first called have found them afterwards; nothing else has changed.

    Args:
        name: the network's, for errors.
        pictures: some of those to learn from, [N, H, W, C].

    Raises:
        InputError: it gives something else, or has nothing to train.
        Failure: its code raised.
    """
    size = "×".join(map(str, pictures.shape[1:]))
    given = _answer(network, name, pictures, size)
    if not isinstance(given, Tensor):
        raise InputError(f"{name} gives a {type(given).__name__}; a tensor [pictures, {classes} classes] was expected")
    expected = (len(pictures), classes)
    if given.shape != expected:
        raise InputError(
            f"{name} gives {list(given.shape)} for {len(pictures)} pictures of {size}, but the data has {classes} "
            f"classes: {list(expected)} was expected; an argument num_classes of its constructor is filled in"
        )
    if not given.is_floating_point():
        raise InputError(f"{name} gives values of type {given.dtype}, which nothing can be learned from")
    if not any(p.requires_grad for p in network.parameters()):
        raise InputError(f"{name} has no weights that training may change; give it some, or let them require gradients")
    return kind_of(given)


def _answer(network: nn.Module, name: str, pictures: npt.NDArray[np.uint8], size: str) -> object:
    try:
        with undisturbed(network), torch.enable_grad():
            device = next((p.device for p in network.parameters()), torch.device("cpu"))
            answer: object = network(as_input(torch.from_numpy(pictures).to(device), network))
        return answer
    except Exception as error:  # a user's own code may raise anything
        said = " ".join(str(error).split())[:300] or "no message"
        raise Failure(
            f"{name} cannot take pictures of {size}{_place(error)}: {type(error).__name__}: {said}; mend the network, "
            "or give it other pictures"
        ) from error


def _place(error: Exception) -> str:
    """The deepest line of the user's own that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/torch/" not in f.filename and f.filename != __file__]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
