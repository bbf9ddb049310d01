"""A network is shown pictures and its answers are checked: for each picture a number for each class, and no other.

Networks come from anywhere, so one may give anything. What it gives is never guessed at: a shape or a type that is not
understood is an error, and a picture whose answer is no number has no answer, which is not the first class.
"""

from typing import Any

import torch
from torch import Tensor, nn

from fivebyfive import causes
from fivebyfive.errors import InputError
from fivebyfive.networks import as_input
from fivebyfive.networks.fused import fast_forward
from fivebyfive.outputs import LOGITS, as_logits

EXACT = (torch.float32, torch.float64)


def probabilities(network: nn.Module, pictures: Tensor, classes: int, name: str = "", outputs: str = LOGITS) -> Tensor:
    """What `network` makes of `pictures`, uint8 [N, H, W, C]: softmax of its answer, float32 [N, classes].

    A row is NaN where a number of the answer is NaN or +∞, or all are −∞.

    Args:
        name: the network's, for errors.
        outputs: what the network gives, one of `outputs.KINDS`.

    Raises:
        InputError: the network gives something else than [N, classes] of floating-point numbers.
        Failure: its code raised.
    """
    name = name or type(network).__name__
    with causes.told(f"{name} cannot read pictures of {'×'.join(map(str, pictures.shape[1:]))}"):
        answer = fast_forward(network)(as_input(pictures, network))
    logits = as_logits(_checked(answer, len(pictures), classes, name), outputs)
    return (logits if logits.dtype in EXACT else logits.float()).softmax(1).float()


def described(answer: Any) -> str:
    """What a network gave, in words: "a tuple of 2", "torch.int64 [5, 10]"."""
    if isinstance(answer, Tensor):
        return f"{answer.dtype} {list(answer.shape)}".removeprefix("torch.")
    if answer is None:
        return "nothing (None)"
    size = f" of {len(answer)}" if isinstance(answer, tuple | list | dict) else ""
    return f"a {type(answer).__name__}{size}"


def _checked(answer: Any, count: int, classes: int, name: str) -> Tensor:
    fits = (
        isinstance(answer, Tensor)
        and answer.is_floating_point()
        and answer.layout == torch.strided
        and answer.device.type != "meta"
        and tuple(answer.shape) == (count, classes)
    )
    if fits:
        return answer  # type: ignore[no-any-return]
    raise InputError(
        f"{name} gives {described(answer)} for {count} picture{'s' if count != 1 else ''}; "
        f"one tensor of floating-point numbers [{count}, {classes}], a number for each class, was expected"
    )
