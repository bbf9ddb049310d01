"""Code in its colours: what a piece of a line is follows from the whole file, and no letter of it is lost."""

import inspect
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.explain import explain
from fivebyfive.explain.source import split_lines
from fivebyfive.views.page import highlight, structure, write

from .conftest import Open
from .networks import Documented


def put_together(text: str) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in highlight.lines(text)]


def of_class(text: str, name: str) -> list[str]:
    """The pieces of all lines that are of this class."""
    return [piece for line in highlight.lines(text) for piece, own in line if own == name]


def test_a_string_of_several_lines_is_one_string() -> None:
    text = 'x = """for\n# in "it"\n""" + y  # but this'
    assert highlight.lines(text) == (
        (("x = ", ""), ('"""for', "string")),
        (('# in "it"', "string"),),
        (('"""', "string"), (" + y  ", ""), ("# but this", "comment")),
    )


def test_in_an_f_string_only_the_words_are_string() -> None:
    assert of_class("""f"{d["k"]!r:>{wide}} # {'for'} in" """, "comment") == []
    (line,) = highlight.lines("""f'{wide} for {high}' if not a else 'b' """)
    assert [piece for piece, name in line if name == ""][:2] == ["wide", "high"]
    assert [piece for piece, name in line if name == "keyword"] == ["if", "not", "else"]


def test_definitions_and_decorators() -> None:
    text = "@property\ndef forward(self, x):\n    return None\nclass Net(nn.Module): pass\n"
    assert of_class(text, "definition") == ["forward", "Net"]
    assert of_class(text, "keyword") == ["@property", "def", "self", "return", "None", "class", "pass"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "no Python at all: it's “so” — 20 % $PATH `x`",
        "\x1b[31m\x00\x0c\u2028 = '\u202e'",
        "x = 'open",
        "\tx\r",
    ],
    ids=["nothing", "blank lines", "prose", "control characters", "a string without an end", "tab and return"],
)
def test_what_is_no_python_is_shown_as_it_is(text: str) -> None:
    assert put_together(text) == split_lines(text)


@given(st.text(st.sampled_from("ab \n'\"#{}\\fr()@:=1\t\r\x0c\x00é😀")))
def test_the_parts_of_a_line_are_the_line(text: str) -> None:
    assert put_together(text) == split_lines(text)
    assert all(piece for line in highlight.lines(text) for piece, _ in line)


def test_what_is_shown_of_a_file_has_the_colours_of_the_whole_file() -> None:
    trace = explain(Documented().eval(), torch.rand(1, 2, 2))
    (file,) = structure.describe(trace)["files"]
    text = Path(inspect.getfile(Documented)).read_text(encoding="utf-8")
    end = file["first"] - 1 + len(file["lines"])
    assert file["first"] > 1
    assert file["lines"] == [*highlight.lines(text)][file["first"] - 1 : end]


def test_the_page_paints_every_line_and_loses_no_letter(folder: Path, opened: Open) -> None:
    trace = explain(Documented().eval(), torch.rand(1, 2, 2))
    path = folder / "documented.html"
    write(trace, path)
    page = opened(path)
    (file,) = structure.describe(trace)["files"]
    shown = page.locator("#code .line code").evaluate_all("all => all.map((e) => e.textContent)")
    assert shown == ["".join(piece for piece, _ in line) or " " for line in file["lines"]]
    inside = page.locator("#code .line code", has_text="for x in")
    assert inside.locator("span").evaluate_all("all => all.map((e) => e.className)") == ["string"]
    comment = page.locator("#code .comment", has_text="😀")
    assert comment.inner_text() == '# "é" 😀'
