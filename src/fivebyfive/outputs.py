"""What a network's outputs are — logits, probabilities or their logarithms — found by looking at them.

Whoever names a class (training's loss, evaluation, predict, explain, the exported file) goes through `as_logits`: the
softmax of what it returns is the network's answer, so that all of them give the same one.
"""

import torch
from torch import Tensor

LOGITS, LOG_PROBABILITIES, PROBABILITIES, YES_OR_NO = "logits", "log-probabilities", "probabilities", "yes-or-no"
KINDS = (LOGITS, LOG_PROBABILITIES, PROBABILITIES, YES_OR_NO)
ROUNDING = 1e-3
"""Probabilities that a network computed add up to 1 but for so much, in half precision too."""
IN_WORDS = {
    LOG_PROBABILITIES: "The network ends in a log-softmax: its outputs are logarithms of probabilities, used as such.",
    PROBABILITIES: "The network ends in a softmax: its outputs are probabilities; the loss takes their logarithms.",
    YES_OR_NO: "The network ends in a sigmoid: each output is a probability by itself; the loss takes its log-odds.",
}
"""What is said where outputs are no plain logits."""


def kind_of(outputs: Tensor) -> str:
    """One of `KINDS`, for what a network gave for some real pictures, [N, classes].

    Yes-or-no answers cannot be told from logits between 0 and 1 by their values, so autograd must have seen a sigmoid.
    """
    if not outputs.is_floating_point():
        return LOGITS
    values = outputs.detach().double()
    if values.dim() != 2 or not values.numel() or not bool(values.isfinite().any()):
        return LOGITS
    if bool((values >= 0).all()) and _add_up_to_one(values):
        return PROBABILITIES
    if bool((values <= 0).all()) and _add_up_to_one(values.exp()):
        return LOG_PROBABILITIES
    last = outputs.grad_fn.name() if outputs.grad_fn is not None else ""
    return YES_OR_NO if last.startswith("Sigmoid") else LOGITS


def as_logits(outputs: Tensor, kind: str) -> Tensor:
    """Outputs [N, classes] of `kind` as logits: their softmax is the network's answer."""
    tiny = torch.finfo(outputs.dtype).tiny if outputs.is_floating_point() else 0.0
    if kind == PROBABILITIES:
        return outputs.clamp_min(tiny).log()
    if kind == YES_OR_NO:
        return outputs.clamp_min(tiny).log() - (1 - outputs).clamp_min(tiny).log()
    return outputs


def _add_up_to_one(values: Tensor) -> bool:
    return bool(((values.sum(1) - 1).abs() < ROUNDING).all())
