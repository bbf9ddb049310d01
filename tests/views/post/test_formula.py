"""A formula as explanations write it becomes LaTeX and MathML, and no sign of it is lost."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.views.post import latex, mathml
from fivebyfive.views.post.formula import parsed

WRITTEN = [
    (
        "O[n,i,j,k] = Σ_{di,dj,q} I[n, 2·i+di−2, j, q] · W[di,dj,q,k] + b[k]",
        r"O_{n, i, j, k} = \sum_{\mathit{di}, \mathit{dj}, q} I_{n, 2\cdot i + \mathit{di}-2, j, q} \cdot "
        r"W_{\mathit{di}, \mathit{dj}, q, k} + b_{k}",
    ),
    ("γ · (I − μ) / √(σ² + ε) + β", r"\gamma \cdot (I-\mu )/\sqrt{\sigma^{2} + \varepsilon} + \beta"),
    ("O[n,k] = e^(I[n,k]) / Σ_q e^(I[n,q])", r"O_{n, k} = e^{I_{n, k}} /\sum_{q} e^{I_{n, q}}"),
    ("1 / (1 + e⁻ˣ)", r"1/(1 + e^{-x} )"),
    ("0.2 − -0.7", r"0.2-(-0.7)"),
    ("0.25·(-0.5) = -0.125", r"0.25\cdot (-0.5) = -0.125"),
    ("0.9 + 1e-05", r"0.9 + 1 \cdot 10^{-5}"),
    ("25,088 + 7", "25{,}088 + 7"),
    ("max(x, 0)", r"\max (x, 0)"),
    ("0.3 + 2 from 19 more", r"0.3 + 2\text{ from }19\text{ more}"),
    ("1.5 + 0.1 (bias) = 1.6", r"1.5 + 0.1\text{ (bias) } = 1.6"),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_a_formula_in_latex(text: str, expected: str) -> None:
    assert latex.block([parsed(text)]) == expected


def test_a_long_formula_is_broken_where_no_bracket_is_torn_apart() -> None:
    text = " + ".join(f"0.{n}123·(-0.4567)" for n in range(1, 10)) + " = -2.1"
    rows = latex.block([parsed(text)]).splitlines()[1:-1]
    assert len(rows) > 2
    assert all(row.count("(") == row.count(")") for row in rows)


def test_limits_stand_below_their_sum_and_powers_above() -> None:
    drawn = ET.fromstring(mathml.block([parsed("Σ_{di,q} x[q]^2")]))
    assert drawn.find(".//munder/mo") is not None
    assert [n.text for n in drawn.findall(".//msubsup/mrow/mn")] == ["2"]


@given(st.text(alphabet="OIWxeΣ√σ²⁻ˣ_^{}[]()·+−-=/,;:… 0123456789.ab'<>&$\\", max_size=40))
def test_nothing_that_is_written_is_refused(text: str) -> None:
    ET.fromstring(mathml.block([parsed(text)]))
    written = latex.block([parsed(text)])
    assert written.count("{") == written.count("}")
    assert not re.search(r"\\[^a-zA-Z]", written), "Markdown would take the backslash away"
