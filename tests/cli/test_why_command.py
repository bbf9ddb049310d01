"""``5x5 explain … --why``: as a process, with a class or without, and what is said when the call is wrong."""

import json
from pathlib import Path

import pytest

from support import Command


def test_why_the_answer(in_process: Command) -> None:
    found = in_process("explain", "--why")
    assert found.returncode == 0, found.stderr
    assert "why 7?" in found.stdout
    assert "It adds up" in found.stdout
    assert "the honest test" in found.stdout


def test_why_one_rather_than_another(in_process: Command) -> None:
    found = in_process("explain", "--why", "9", "--instead-of", "4", "--json", "-")
    assert found.returncode == 0, found.stderr
    why = json.loads(found.stdout[found.stdout.index("{") :])["why"]
    assert (why["class"], why["instead_of"]) == ("9", "4")
    total = sum(why["inputs"].values()) + sum(share["amount"] for share in why["shares"])
    assert total == pytest.approx(why["value"], abs=1e-6)
    assert sum(map(sum, why["pixels"][0])) == pytest.approx(sum(why["inputs"].values()), abs=1e-6)


def test_a_picture_after_why_is_a_picture(in_process: Command, tmp_path: Path) -> None:
    from PIL import Image

    from fivebyfive import datasets

    pixels = datasets.load("mnist").test.pixels[0, ..., 0]
    Image.fromarray(255 - pixels).resize((84, 84)).save(tmp_path / "7.png")
    found = in_process("explain", "--why", tmp_path / "7.png")
    assert found.returncode == 0, found.stderr
    assert "why 7?" in found.stdout


def test_the_page_holds_what_was_asked(in_process: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    plain = tmp_path / "plain.html"
    assert in_process("explain", "--why", "3", "--html", page).returncode == 0
    assert in_process("explain", "--html", plain).returncode == 0
    assert page.stat().st_size > plain.stat().st_size


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--why", "ten"), "'ten' is no class of this network"),
        (("--why", "10"), "a number from 0 to 9"),
        (("--why", "7", "--instead-of", "7"), "7 instead of 7 is no question"),
        (("--why", "7", "--instead-of", "\x1b[31m"), "is no class of this network"),
        (("--why", "9" * 5000), "is no class of this network"),
        (("--why", ""), ""),
        (("--instead-of", "4"), "--instead-of goes with --why"),
        (("--why", "--instead-of"), "--instead-of wants a value behind it"),
        (("--why", "nothing.png"), "'nothing.png' is no class"),
    ],
)
def test_what_is_wrong_is_one_line(in_process: Command, arguments: tuple[str, ...], said: str) -> None:
    found = in_process("explain", *arguments)
    if not said:
        assert found.returncode == 0, found.stderr
        return
    assert found.returncode == 2
    assert said in found.stderr
    assert found.stderr.startswith("error: ")
    assert len(found.stderr.splitlines()) == 1
    assert "\x1b" not in found.stderr
