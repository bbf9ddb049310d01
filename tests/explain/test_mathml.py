"""Formulas as MathML: what the kinds write is set, and every text has one."""

from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fivebyfive.explain import explain
from fivebyfive.explain.mathml import Formula, mathml

SET = {
    "1 / √(σ² + ε)": "<mfrac><mn>1</mn><msqrt><mrow><mi>σ²</mi><mo>+</mo><mi>ε</mi></mrow></msqrt></mfrac>",
    "e^-0.5": "<msup><mi>e</mi><mrow><mo>−</mo><mn>0.5</mn></mrow></msup>",
    "max_k": "<munder><mi>max</mi><mi>k</mi></munder>",
    "W_q": "<msub><mi>W</mi><mi>q</mi></msub>",
    "∂L/∂conv1.relu": "<mfrac><mi>∂L</mi><mi>∂conv1.relu</mi></mfrac>",
    "a < b": "<mi>a</mi><mo>&lt;</mo><mi>b</mi>",
}


@pytest.mark.parametrize("text", SET)
def test_what_formulas_are_made_of(text: str) -> None:
    assert mathml(text) == f'<math displaystyle="true"><mrow>{SET[text]}</mrow></math>'


def test_words_stay_words() -> None:
    assert mathml("a value of the image") == "<math><mtext>a value of the image</mtext></math>"


def test_a_sum_holds_what_is_added_up_with_its_letters_below() -> None:
    formula = ElementTree.fromstring(mathml("Σ_{di,dj} I[n, i+di, k]^2"))
    (below,) = formula.iter("munder")
    assert "".join(below.itertext()) == "Σdi,dj"
    assert "".join(formula.itertext()) == "Σdi,djI[n,i+di,k]2"


@given(st.text(st.characters(exclude_categories=["C"])) | st.text("aΣ√()[]{}_^/‖-·1, ", max_size=400))
def test_every_text_is_well_formed_and_loses_no_word(text: str) -> None:
    found = "".join(ElementTree.fromstring(mathml(text)).itertext())
    assert [c for c in found if c.isalnum()] == [c for c in text if c.isalnum()]


@pytest.mark.parametrize("one", ["(", "√", "x^", "Σ ", "x[", "-"])
def test_what_is_deeply_nested_is_read_all_the_same(one: str) -> None:
    ElementTree.fromstring(mathml(one * 5000))


def test_a_number_of_a_network_is_set_in_symbols_and_with_its_figures() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.GroupNorm(1, 2), nn.Softmax(1))
    for step in explain(network, torch.rand(1, 6, 6)).steps:
        sum_ = step.arithmetic()
        for formula in (sum_.formula(), sum_.formula(numbers=True)):
            assert isinstance(formula, Formula)
            ElementTree.fromstring(formula._repr_html_())
            assert mathml(formula) in sum_._repr_html_()
