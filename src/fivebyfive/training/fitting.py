"""Whether a network can be trained on a data set, found out before anything is written: it is shown two pictures."""

import traceback
from pathlib import Path

import torch
from torch import Tensor, nn

from fivebyfive.errors import Failure, InputError
from fivebyfive.networks import as_input


def expect_fit(network: nn.Module, name: str, shape: tuple[int, int, int], classes: int) -> None:
    """Raise unless `network` takes pictures of `shape`, gives a value a class, and has weights to train.

    Modules that find their sizes when they are first called have found them afterwards; nothing else has changed.

    Args:
        name: the network's, for errors.

    Raises:
        InputError: it gives something else, or has nothing to train.
        Failure: its code raised.
    """
    size = "×".join(map(str, shape))
    given = _answer(network, name, shape, size)
    if not isinstance(given, Tensor):
        raise InputError(f"{name} gives a {type(given).__name__}; a tensor [pictures, {classes} classes] was expected")
    if given.shape != (2, classes):
        raise InputError(
            f"{name} gives {list(given.shape)} for 2 pictures of {size}, but the data has {classes} classes: "
            f"[2, {classes}] was expected; an argument num_classes of its constructor is filled in"
        )
    if not any(p.requires_grad for p in network.parameters()):
        raise InputError(f"{name} has no weights that training may change; give it some, or let them require gradients")


def _answer(network: nn.Module, name: str, shape: tuple[int, int, int], size: str) -> object:
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    pictures = torch.zeros((2, *shape), dtype=torch.uint8, device=device)
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(range(torch.cuda.device_count())):
            answer: object = network(as_input(pictures, network))
        return answer
    except Exception as error:  # a user's own code may raise anything
        said = " ".join(str(error).split())[:300] or "no message"
        raise Failure(
            f"{name} cannot take pictures of {size}{_place(error)}: {type(error).__name__}: {said}; mend the network, "
            "or give it other pictures"
        ) from error
    finally:
        network.train(was_training)


def _place(error: Exception) -> str:
    """The deepest line of the user's own that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/torch/" not in f.filename and f.filename != __file__]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
