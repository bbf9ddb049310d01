"""A network's name is taken apart once; its canonical form means the same, and nothing in it is ever run."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.errors import InputError
from fivebyfive.networks.spec import Spec, parse

LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(arguments=st.lists(LITERALS, max_size=3), hidden=LITERALS, copies=st.integers(1, 99))
def test_the_canonical_form_means_the_same(arguments: list[Any], hidden: Any, copies: int) -> None:
    given = ", ".join([*map(_written, arguments), f"hidden={_written(hidden)}"])
    spec = parse(f"a/net.py:Net({given})" + (f"*{copies}" if copies > 1 else ""))
    assert (spec.file, spec.name, spec.copies) == (Path("a/net.py"), "Net", copies)
    assert (spec.arguments, spec.keywords) == (tuple(arguments), {"hidden": hidden})
    again = parse(str(spec))
    assert (again, str(again)) == (spec, str(spec))
    assert str(spec).isprintable()


def _written(value: Any) -> str:
    return ascii(value).replace("inf", "1e999")


@given(st.text())
def test_any_text_at_all_is_a_name_or_an_input_error(text: str) -> None:
    for name in (text, f"net.py:{text}", f"{text}.py:Net", f"net.py:Net({text})"):
        with contextlib.suppress(InputError):
            spec = parse(name)
            assert parse(str(spec)) == spec


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("net.py:Net(1,2)", "net.py:Net( 1, 2 )"),
        ("net.py:Net('a')", 'net.py:Net("a")'),
        ("net.py:Net(0x10, 1e3)", "net.py:Net(16, 1000.0)"),
    ],
)
def test_two_ways_to_write_it_are_one_name(one: str, other: str) -> None:
    assert str(parse(one)) == str(parse(other))


@pytest.mark.parametrize(
    "other", ["net.py:Net(2)", "net.py:Net(x=1)", "net.py:Net(1)*2", "net.py:Net", "net2.py:Net(1)"]
)
def test_another_call_is_another_name(other: str) -> None:
    assert parse("net.py:Net(1)") != parse(other)


def test_the_file_ends_at_the_first_place_that_could_be_its_end() -> None:
    spec = parse("dl/evil.py:Net('/../../mynet.py:')")
    assert (spec.file, spec.arguments) == (Path("dl/evil.py"), ("/../../mynet.py:",))


def test_times_makes_one_ensemble_of_all_and_not_more_than_there_may_be() -> None:
    assert parse("quick*2").times(3) == Spec("quick", copies=6)
    with pytest.raises(InputError, match="more than 99 networks"):
        parse("quick*50").times(2)


@pytest.mark.parametrize(
    "name",
    [
        "quick*9*9*9*9*9",
        "quick*100",
        "net.py:Net*3*3",
        "net.py:Net\n",
        "net.py:\nNet",
        "net.py:Net\0",
        "net\0.py:Net",
        "net.py:Net(\u202e8)",
        "net\ud800.py:Net",
        "net.py:__import__('os')",
        "net.py:__builtins__",
        "net.py:Net.forward",
        "net.py:(lambda: 1)()",
        "net.py:Net(open('x'))",
        "net.py:Net(" + "[" * 500 + "]" * 500 + ")",
        "net.py:Net(" + "-" * 4000 + "1)",
        "net.py:Net(" + "9" * 5000 + ")",
        "x" * 5000,
    ],
)
def test_what_is_no_name_is_one_short_sentence(name: str) -> None:
    with pytest.raises(InputError) as error:
        parse(name)
    assert "\n" not in str(error.value)
    assert "\0" not in str(error.value)


@pytest.mark.parametrize("name", [7, None, True, ["quick"], {"quick": 1}])
def test_a_name_that_is_no_text_is_told(name: Any) -> None:
    with pytest.raises(InputError, match="a network's name is text"):
        parse(name)


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "b.py")
    (tmp_path / "b.py").symlink_to(tmp_path / "a.py")
    with pytest.raises(InputError, match="cannot be found"):
        parse(f"{tmp_path}/a.py:Net").absolute()
