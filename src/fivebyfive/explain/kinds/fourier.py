"""Fourier transforms: a signal, or a picture, as a sum of waves; and back.

A transform is linear, its weights are complex numbers on the unit circle. Shown is the magnitude of the sum.

Source of the definitions: https://pytorch.org/docs/stable/fft.html
"""

from collections.abc import Iterator

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind, not_counted
from fivebyfive.explain.layout import Position
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.replay import function_value, linear_sum
from fivebyfive.explain.step import Arithmetic, Step

_OPS = [f"fft_{back}{sort}fft{n}" for back in ("", "i") for sort in ("", "r", "h") for n in ("", "2", "n")]
_SHIFTS = "fft_fftshift fft_ifftshift"


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    back = step.op.startswith(("fft_i", "istft"))
    scaled = {"ortho": "1/√n · ", "forward": "" if back else "1/n · "}
    over = scaled.get(step.call.values.get("norm") or "", "1/n · " if back else "")
    sign = "" if back else "−"
    symbols = f"{over}Σ_q I[q] · e^({sign}2πi·k·q/n)"
    if not any(s.output.is_complex() for s in (step, *step.origins)):
        return linear_sum(step, index, position, f"O = {symbols}")
    return function_value(step, index, position, symbols)


def _words(step: Step) -> Iterator[str]:
    if step.op.startswith(("fft_i", "istft")):
        yield f"An inverse Fourier transform: waves are added up to a signal or a picture, {tensor_shape(step)}."
    else:
        yield f"A Fourier transform: how much of each wave is in the signal or picture, {tensor_shape(step)}."
    if step.output.is_complex():
        yield "Each number is complex, a magnitude and a phase; shown are the magnitudes."


def _shifted(step: Step, index: Index, position: Position) -> Arithmetic:
    return moved(step, index, position, [step.call.values["input"]])


def _shift_words(step: Step) -> Iterator[str]:
    yield f"The waves change places, so that the longest stands in the middle or at the start: {tensor_shape(step)}."


def _back(step: Step) -> Iterator[str]:
    other = "forth" if step.op.startswith(("fft_i", "istft")) else "back"
    yield (
        f"A transform is a sum with fixed weights: the gradient goes through the transform {other}, but for its scale."
    )
    yield "Every number was in many waves, so it hears from all of these."


def _shift_back(step: Step) -> Iterator[str]:
    del step
    yield "Each gradient goes back to the place that its wave came from, unchanged."


KINDS = (
    Kind(
        name=OTHER,
        operations={" ".join(_OPS): "input n dim norm", "stft istft": "input"},
        cost=not_counted,
        field=mixing.reduced,
        sum=_sum,
        words=_words,
        back=_back,
        complex=True,
    ),
    Kind(
        name="reshaping",
        operations={_SHIFTS: "input"},
        field=mixing.reduced,
        sum=_shifted,
        words=_shift_words,
        back=_shift_back,
    ),
)
