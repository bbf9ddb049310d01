"""The gradient's sizes as text for a prompt, and as HTML with bars for a notebook."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from fivebyfive.explain.backward.numbers import Scale, scale_of
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.backward.sizes import StepSize

BAR = 40


def text(steps: "Sequence[StepSize]", words: Sequence[str]) -> str:
    """A line a step, from the first to the last, with a bar on a logarithmic scale; then what it comes to."""
    scale = scale_of([step.rms for step in steps])
    name = max((len(step.name) for step in steps), default=0)
    lines = [f"{step.name:>{name}} {scale.bar(step.rms, BAR)} {number(step.rms)}" for step in steps]
    return "\n".join([*lines, *words])


def html(steps: "Sequence[StepSize]", words: Sequence[str]) -> str:
    """The same as a table whose bars are boxes."""
    scale = scale_of([step.rms for step in steps])
    rows = "".join(_row(step, scale) for step in steps)
    head = f"<p>The gradient's size at each step; {escape(scale.words())}.</p>"
    return f"<div>{head}<table>{rows}</table>{''.join(f'<p>{escape(one)}</p>' for one in words)}</div>"


def _row(step: "StepSize", scale: Scale) -> str:
    bar = f'<div style="background:#0072b2;height:0.8em;width:{len(scale.bar(step.rms, BAR)) / 2:g}em"></div>'
    zeros = f"{step.zeros:.0%} get none" if step.zeros else ""
    return f"<tr><td>{escape(step.name)}</td><td>{bar}</td><td>{number(step.rms)}</td><td>{zeros}</td></tr>"
