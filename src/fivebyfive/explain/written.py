"""One number's arithmetic as text for a prompt, and as HTML for a notebook.

Both say the value, where it lies, how it came about and its formula; the HTML has the formula as MathML, and the terms
that weigh most as a table.
"""

from html import escape
from typing import TYPE_CHECKING

from fivebyfive.explain.mathml import mathml
from fivebyfive.writing import column, number

if TYPE_CHECKING:
    from fivebyfive.explain.step import Arithmetic, Term

MOST_TERMS = 12
LONGEST_FORMULA = 400
"""Characters of a formula with numbers at a prompt; a notebook, which can scroll, shows it whole."""


def arithmetic_text(sum_: "Arithmetic") -> str:
    """The value, how it came about, and its formula with numbers: three lines."""
    y, x, channel = sum_.position
    long = len(sum_.figures) > LONGEST_FORMULA
    figures = f"{sum_.figures[:LONGEST_FORMULA]} …" if long else sum_.figures
    head = f"{number(sum_.total)} at y={y}, x={x}, channel={channel}: {_how(sum_)}"
    return "\n".join(line for line in (head, sum_.symbols, figures) if line)


def arithmetic_html(sum_: "Arithmetic") -> str:
    """The same, with the terms that weigh most as a table."""
    y, x, channel = sum_.position
    shown = sorted(sum_.terms, key=lambda term: -abs(term.product))[:MOST_TERMS]
    rows = "".join(_row(cells) for cells in _cells(shown))
    left = len(sum_.terms) + sum_.remainder_count - len(shown)
    head = _row(("value", "weight", "product", "y, x, channel"), "th")
    more = f"<p>and {left:,} more</p>" if left else ""
    return (
        f"<div><p><b>{number(sum_.total)}</b> at y={y}, x={x}, channel={channel}: {escape(_how(sum_))}</p>"
        f"<p>{mathml(sum_.symbols)}</p><table>{head}{rows}</table>{more}"
        f"<p>{mathml(sum_.figures)}</p></div>"
    )


def _how(sum_: "Arithmetic") -> str:
    count = len(sum_.terms) + sum_.remainder_count
    terms = f"of {count:,} {'term' if count == 1 else 'terms'}"
    bias = "" if sum_.bias is None else f", bias {number(sum_.bias)}"
    return f"{sum_.operation} {terms}{bias}"


def _cells(terms: "list[Term]") -> list[tuple[str, str, str, str]]:
    columns = [column([getattr(term, name) for term in terms]) for name in ("value", "weight", "product")]
    places = [term.name if term.position is None else ", ".join(map(str, term.position)) for term in terms]
    return list(zip(*columns, places, strict=True))


def _row(cells: tuple[str, ...], tag: str = "td") -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
