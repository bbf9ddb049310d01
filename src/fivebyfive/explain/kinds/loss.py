"""Loss: how far an answer is from what it should be, as one number or one for each part of the batch.

Source of the definitions: https://pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted
from fivebyfive.explain.replay import function_value
from fivebyfive.explain.step import Arithmetic, Step

_PAIRS = {
    "mse_loss": "(a − b)²",
    "l1_loss": "|a − b|",
    "smooth_l1_loss": "(a − b)² / 2β where |a − b| < β, else |a − b| − β/2",
    "huber_loss": "(a − b)² / 2 where |a − b| < δ, else δ·(|a − b| − δ/2)",
    "binary_cross_entropy": "−(b · ln a + (1 − b) · ln(1 − a))",
    "binary_cross_entropy_with_logits": "−(b · ln σ(a) + (1 − b) · ln(1 − σ(a))), σ(a) = 1 / (1 + e⁻ᵃ)",
    "kl_div": "b · (ln b − a)",
    "poisson_nll_loss": "eᵃ − b · a",
    "soft_margin_loss": "ln(1 + e⁻ᵃᵇ)",
    "hinge_embedding_loss": "a where b = 1, else max(0, margin − a)",
}
_ROWS = {
    "cross_entropy": "−ln(e^I[k] / Σ_q e^I[q]), k the class that it should be",
    "linear_cross_entropy": "−ln(e^y[k] / Σ_q e^y[q]), y the fully connected layer's answer, k the right class",
    "nll_loss": "−I[k], k the class that it should be",
    "multi_margin_loss": "Σ_q max(0, margin − I[k] + I[q]) over the other classes q, by their number",
    "multilabel_margin_loss": "Σ max(0, 1 − I[k] + I[q]) over right classes k and wrong ones q, by all their number",
    "multilabel_soft_margin_loss": "the mean of −(b · ln σ(I) + (1 − b) · ln(1 − σ(I))) over the classes",
    "gaussian_nll_loss": "(ln v + (a − b)² / v) / 2, v the variance",
    "margin_ranking_loss": "max(0, −y · (a − b) + margin)",
    "cosine_embedding_loss": "1 − cos(a, b) where they belong together, else max(0, cos(a, b) − margin)",
    "triplet_margin_loss": "max(0, ‖a − p‖ − ‖a − n‖ + margin)",
    "triplet_margin_with_distance_loss": "max(0, d(a, p) − d(a, n) + margin)",
    "ctc_loss": "−ln of the probability of all ways to align the answer with the target",
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    values = step.call.values
    fixed = [
        values.get("weight"),
        values.get("pos_weight"),
        values["target"] if step.op == "soft_margin_loss" else None,
    ]
    return function_value(step, index, position, _written(step), [one for one in fixed if one is not None])


def _written(step: Step) -> str:
    return f"{_together(step)}{ {**_PAIRS, **_ROWS}[step.op] }"


def _together(step: Step) -> str:
    """How the losses of all parts become one number."""
    asked = step.call.values.get("reduction", "mean")
    return {"mean": "the mean of ", "sum": "the sum of ", "batchmean": "the mean over the batch of "}.get(asked, "")


def _words(step: Step) -> Iterator[str]:
    yield f"A loss, how far the answer is from what it should be: {_written(step)}."
    yield f"Training makes it small; it is {counted(step.output.numel(), 'number')}."


def _back(step: Step) -> Iterator[str]:
    if step.op in ("cross_entropy", "nll_loss"):
        yield from _softmax_minus_label(step) if step.op == "cross_entropy" else _only_the_right(step)
        if step.gradient is not None and bool((step.gradient != 1).any()):
            yield "All of that is multiplied by the gradient of this number itself, which is not 1 here."
        return
    known = _BACK_SAYS.get(step.op)
    if known is None:
        yield "Each number of the answer gets how much the loss grows with it: training moves it the other way."
        return
    count = step.call.values["input"].output.numel() if isinstance(step.call.values["input"], Step) else 0
    over = (
        f", divided by their number, {count:,}" if count and step.call.values.get("reduction", "mean") == "mean" else ""
    )
    yield f"Each number a of the answer gets {known}{over}."


_BACK_SAYS = {
    "mse_loss": "twice how far it is off, 2 · (a − b): the further, the stronger the pull",
    "l1_loss": "the sign of a − b, 1 or −1: the same pull however far it is off",
    "smooth_l1_loss": "(a − b) / β near its goal b, and 1 or −1 far from it",
    "huber_loss": "a − b near its goal b, and δ or −δ far from it",
    "binary_cross_entropy": "(a − b) / (a · (1 − a)): a sure answer that is wrong is pulled hardest",
    "binary_cross_entropy_with_logits": "σ(a) − b, the probability less the label, times the weights that there are",
    "soft_margin_loss": "−b · σ(−a·b), less the further it is on the right side",
}


def _plain(step: Step) -> bool:
    """Whether the target names one class for each part of the batch, and all count the same."""
    values, target = step.call.values, step.call.values.get("target")
    given = values.get("input")
    return (
        isinstance(target, Tensor)
        and isinstance(given, Step)
        and not target.is_floating_point()
        and given.output.dim() == target.dim() + 1 <= 2
        and values.get("weight") is None
        and not values.get("label_smoothing")
        and values.get("reduction", "mean") == "mean"
        and int(values.get("ignore_index", -100)) < 0
        and bool((target >= 0).all())
    )


def _softmax_minus_label(step: Step) -> Iterator[str]:
    if not _plain(step):
        yield (
            "Softmax minus label: each output gets its share of the softmax, less 1 (or less its part) for the "
            "right class."
        )
        return
    target = step.call.values["target"].reshape(-1)
    shares = step.call.values["input"].output.double().reshape(len(target), -1).softmax(1)
    right = shares[torch.arange(len(target)), target]
    if len(target) > 1:
        yield f"Softmax minus label, for each of {len(target)} pictures, and divided by their number."
        yield (
            f"The right classes got {short(float(right.mean()))} on average, from {short(float(right.min()))} to "
            f"{short(float(right.max()))}: where that is near 1, next to nothing goes back."
        )
        return
    share, label = float(right[0]), int(target[0])
    others = shares[0].clone()
    others[label] = -1
    most = int(others.argmax())
    yield (
        f"Softmax minus label: the answer gave the right class, number {label}, {short(share)}: its output is "
        f"pushed up by {short(1 - share)}."
    )
    yield f"Every other output is pushed down by its share, most of all number {most}, by {short(float(others[most]))}."
    yield "Ups and downs are as large: they add up to 0. An answer that is right and sure learns next to nothing."


def _only_the_right(step: Step) -> Iterator[str]:
    if not _plain(step):
        yield "Only the right class's number gets a gradient, a negative one: it is to grow. All others get none."
        return
    count = step.call.values["target"].numel()
    yield f"Only the right class's number gets a gradient, {short(-1 / count)}: it is to grow. All others get none."
    yield "Behind a log_softmax that becomes softmax minus label: the others are pushed down there."


KIND = Kind(
    name=OTHER,
    operations={" ".join([*_PAIRS, *_ROWS]): "input target weight"},
    field=mixing.of_all,
    sum=_sum,
    words=_words,
    back=_back,
)
