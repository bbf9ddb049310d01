"""Loss: how far an answer is from what it should be, as one number or one for each part of the batch.

Source of the definitions: https://pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from collections.abc import Iterator

from fivebyfive.explain.fields import mixing
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


KIND = Kind(
    name=OTHER,
    operations={" ".join([*_PAIRS, *_ROWS]): "input target weight"},
    field=mixing.of_all,
    sum=_sum,
    words=_words,
)
