"""Whether a network can be trained on a data set, found out before anything is written: it is shown some pictures."""

import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load
from torch import Tensor, nn

from fivebyfive import causes
from fivebyfive.answers import described
from fivebyfive.errors import Failure, InputError
from fivebyfive.model import Model, as_bytes
from fivebyfive.networks import as_input
from fivebyfive.outputs import kind_of
from fivebyfive.state import load_into, tensors_of, undisturbed

Pixels = npt.NDArray[np.uint8]


def expect_fit(network: nn.Module, name: str, pictures: Pixels, classes: int) -> str:
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
        raise InputError(f"{name} gives {described(given)}; a tensor [pictures, {classes} classes] was expected")
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


def expect_kept(model: Model, pictures: Pixels, another: Callable[[], nn.Module | None]) -> None:
    """Raise unless what is learned can be saved, and loaded again into a network that is made anew.

    Args:
        pictures: some of those to learn from, [N, H, W, C]: both networks must give the same for them.
        another: makes such a network; None where nobody but the caller can.

    Raises:
        InputError: the network has state that no file holds, or that is not among what it saves, or a new one does
            not take it.
    """
    tensors = load(as_bytes(model))
    with undisturbed(model.network):
        fresh = another()
    if fresh is None:
        return
    try:
        load_into(fresh, tensors)
        same = _alike(tensors, tensors_of(fresh))
    except (RuntimeError, ValueError, LookupError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"what {model.name} learns could not be loaded again: {said}; mend its state_dict") from None
    fresh.to(next(model.network.parameters()).device)
    given, again = (_answer(n, model.name, pictures, "these pictures") for n in (model.network, fresh.eval()))
    if same and isinstance(given, Tensor) and isinstance(again, Tensor) and not torch.allclose(given, again):
        raise InputError(
            f"what {model.name} learns could not be loaded again: a new one with the same state_dict answers "
            "differently; make what it draws at random a parameter or a buffer (register_buffer)"
        )
    if not same:
        raise InputError(
            f"what {model.name} learns could not be loaded again: a new one that takes its state has another; "
            "mend its state_dict"
        )


def _alike(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two states are the same, bit for bit."""
    return one.keys() == other.keys() and all(_bytes(one[name]) == _bytes(other[name]) for name in one)


def _bytes(value: Tensor) -> bytes:
    return value.contiguous().cpu().flatten().view(torch.uint8).numpy().tobytes()


def _answer(network: nn.Module, name: str, pictures: Pixels, size: str) -> object:
    try:
        with undisturbed(network), torch.enable_grad():
            _begin_anew()  # some draw random numbers whenever they are asked
            device = next((p.device for p in network.parameters()), torch.device("cpu"))
            answer: object = network(as_input(torch.from_numpy(pictures).to(device), network))
        return answer
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:  # a user's own code may raise anything
        advice = "mend the network, or give it other pictures"
        raise Failure(causes.sentence(f"{name} cannot take pictures of {size}", error, advice)) from error


def _begin_anew() -> None:
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
