"""One number that a network has learned, in the terminal: its value, its gradient, and the sum behind that."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from fivebyfive.views.going_back import sum_back
from fivebyfive.views.sheet import Sheet
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace


def show_weight(trace: "Trace", name: str, index: Sequence[int], console: Console) -> None:
    """Print what the parameter's number at `index` met, and how its gradient came about.

    Raises:
        InputError: there is no such parameter or place, the way back was not traced, or does not reach it.
    """
    parameter = trace.parameters[name]
    found = parameter.back(*index)
    said = parameter.words(*index)
    sheet = Sheet(console)
    place = f"{name}[{', '.join(map(str, index))}]"
    sheet.rule(f"{place} = {number(float(parameter.value.detach()[tuple(index)].real))}")
    for step in parameter.uses:
        if step.source is not None:
            sheet.print(Text(f"{step.source.line:>4} ", "bright_black").append(f"│ {step.source.code}", "default"))
    sheet.gap()
    sum_back(sheet, trace, place, found, said)
