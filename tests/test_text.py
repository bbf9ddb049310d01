r"""Text from anywhere commands no terminal, and JSON is JSON whatever it holds."""

import json
import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.text import JOINERS, in_order, in_order_as_json, printable, to_json

ANYTHING = st.text(st.characters())  # lone surrogates too, as file names have them
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING,
    lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner),
    max_leaves=20,
)


@given(ANYTHING)
def test_what_is_printable_has_no_commands_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert all(unicodedata.category(c)[0] != "C" and unicodedata.category(c) not in ("Zl", "Zp")
               for c in shown if c not in JOINERS)  # fmt: skip
    assert shown.encode("utf-8") or not text
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("a\nerror: b\r", r"a\nerror: b\r"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("caf\udce9.png", r"caf\xe9.png"),
        ("\x9b2J", r"\x9b2J"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("日本 ñandú 👩\u200d🔬 28×28", "日本 ñandú 👩\u200d🔬 28×28"),
    ],
)
def test_harmless_text_stays_and_the_rest_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_code_is_shown_in_the_order_in_which_it_runs() -> None:
    turned = 'if access != "user\u202e \u2066// only admins\u2069 \u2066":\n\treturn  # \u05e9\u05dc\u05d5\u05dd'
    shown = in_order(turned)
    assert (
        shown
        == 'if access != "user\\u202e \\u2066// only admins\\u2069 \\u2066":\n\treturn  # \u05e9\u05dc\u05d5\u05dd'
    )
    assert in_order(shown) == shown
    assert json.loads(in_order_as_json(json.dumps([turned], ensure_ascii=False))) == [shown]


@given(VALUES)
def test_json_comes_back_as_it_was_with_null_for_what_is_no_number(value: object) -> None:
    text = to_json(value)
    assert "\n" not in text
    assert printable(text) == text
    assert json.loads(text, parse_constant=pytest.fail) == _expected(value)


def _expected(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_expected(item) for item in value]
    if isinstance(value, dict):
        return {name: _expected(item) for name, item in value.items()}
    return value


def test_json_for_an_encoding_that_has_few_letters_is_ascii() -> None:
    assert to_json({"class": "ñandú", "p": math.nan}, ascii_only=True) == r'{"class": "\u00f1and\u00fa", "p": null}'
