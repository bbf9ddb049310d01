"""What a model file says of itself is of the right type and size, or told in one sentence."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive import facts
from fivebyfive.errors import InputError

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(document=st.dictionaries(st.sampled_from([*facts.TYPES, "other"]), ANYTHING) | ANYTHING)
def test_any_document_is_facts_of_the_right_types_or_an_input_error(document: Any) -> None:
    with contextlib.suppress(InputError):
        found = facts.parse(json.dumps(document), "m")
        assert all(type(found[name]) is kind for name, kind in facts.TYPES.items() if name in found)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, "9" * 5000, "{", "", "NaN", "[]", "7", '"x"', " " * 9_000_000]
)
def test_a_text_that_is_no_facts_is_told(text: str) -> None:
    with pytest.raises(InputError) as error:
        facts.parse(text, "m.safetensors")
    assert str(error.value).startswith("m.safetensors ")
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("shape", [[28, 28, 1], (1, 1, 1), [2048, 2048, 1], [1024, 1024, 4]])
def test_shapes_that_pictures_have_are_taken(shape: Any) -> None:
    assert facts.shape(shape, "m") == tuple(shape)


@pytest.mark.parametrize(
    "shape",
    [
        None,
        7,
        "28x28",
        [28, 28],
        [28, 28, 1, 1],
        [28.0, 28, 1],
        [float("nan"), 28, 1],
        [True, 28, 1],
        [0, 28, 1],
        [-28, 28, 1],
        [4097, 1, 1],
        [4096, 4096, 1],
        [10**5000, 1, 1],
        ["28", "28", "1"],
        {"height": 28},
        [[28], [28], [1]],
    ],
)
def test_other_shapes_are_told_shortly(shape: Any) -> None:
    with pytest.raises(InputError, match=r"^m\.safetensors ") as error:
        facts.shape(shape, "m.safetensors")
    assert len(str(error.value)) < 200


def test_as_many_classes_are_taken_as_can_be_evaluated() -> None:
    names = [f"{n:0255}" for n in range(facts.MOST_CLASSES)]
    assert facts.classes(names, "m") == tuple(names)
    assert len(json.dumps(names)) < facts.LONGEST


@pytest.mark.parametrize(
    ("classes", "says"),
    [
        (None, "does not say in words"),
        ("ab", "does not say in words"),
        ({"a": 1, "b": 2}, "does not say in words"),
        (["a"], "two or more"),
        (["a", 1], "does not say in words"),
        ([str(n) for n in range(10_001)], "10,001 classes; at most 10,000"),
        (["a", "b" * 256], "256 characters, 'bbbb"),
        (["a", "\x1b]0;\x07" * 100], "at most 255"),
        (["a", "b", "a"], "the class 'a' twice"),
    ],
)
def test_other_classes_are_told_shortly(classes: Any, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        facts.classes(classes, "m")
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 200
