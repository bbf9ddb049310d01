"""What ``5x5 predict`` takes and gives beside the answers: pages, standard input, a table, crops, stages."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fivebyfive.cli.read_out import COLUMNS, harmless
from fivebyfive.text import printable
from photos import in_bytes, paper
from support import Command


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A photo of three digits, one of one, and a blank page."""
    paper(["7", "2", "1"]).save(tmp_path / "three.png")
    paper(["4"], size=(600, 600)).save(tmp_path / "one.png")
    Image.new("L", (200, 200), 230).save(tmp_path / "blank.png")
    return tmp_path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tif", "pdf"])
def test_every_page_is_read(kind: str, in_process: Command, tmp_path: Path) -> None:
    first, *others = [paper([digit], size=(600, 600)) for digit in "742"]
    first.save(tmp_path / f"book.{kind}", save_all=True, append_images=others)
    found = json.loads(in_process("predict", f"book.{kind}", "--json").stdout)
    assert [(entry["page"], entry["text"]) for entry in found] == [(1, "7"), (2, "4"), (3, "2")]
    lines = in_process("predict", f"book.{kind}").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == [f"book.{kind}, page {n}: {d}" for n, d in enumerate("742", 1)]


def test_the_pages_of_a_model_of_ones_own_are_read_too(in_process: Command, tmp_path: Path) -> None:
    first, second = paper(["7"], size=(600, 600)), paper(["4"], size=(600, 600))
    first.save(tmp_path / "book.tif", save_all=True, append_images=[second])
    found = json.loads(in_process("predict", "book.tif", "--json", "--model", "conv_net").stdout)
    assert [entry["text"] for entry in found] == ["7", "4"]


def test_a_pdf_in_a_folder_is_read(in_process: Command, place: Path) -> None:
    paper(["7"], size=(600, 600)).save(place / "scan.pdf")
    (entry,) = [e for e in json.loads(in_process("predict", ".", "--json").stdout) if e["image"] == "scan.pdf"]
    assert (entry["text"], "page" in entry) == ("7", False)


def test_a_picture_comes_through_a_pipe_and_the_answer_goes_through_one(place: Path) -> None:
    command = f"cat three.png | {sys.executable} -m fivebyfive predict - one.png | head -n 1"
    done = subprocess.run(["sh", "-c", command], cwd=place, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("-: 721  ")
    assert done.stderr == ""


def test_standard_input_is_one_file(place: Path) -> None:
    def read(*arguments: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "fivebyfive", "predict", *arguments]
        return subprocess.run(command, cwd=place, input=given, capture_output=True, check=False)

    twice = read("-", "-", given=in_bytes(paper(["7"])))
    assert (twice.returncode, twice.stdout) == (2, b"")
    assert b"can be read once" in twice.stderr
    empty = read("-", given=b"")
    assert empty.returncode == 2
    assert empty.stderr.startswith(b"error: -: the file is empty")


# --- what is sure -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("place")
def test_from_which_probability_on_an_answer_is_sure_can_be_said(in_process: Command) -> None:
    def sure(threshold: str) -> list[bool]:
        (entry,) = json.loads(in_process("predict", "three.png", "--json", "--threshold", threshold).stdout)
        assert entry["text"] == "721"
        return [digit["sure"] for digit in entry["digits"]]

    assert sure("0.3") == [True] * 3
    assert sure("1") == [False] * 3
    assert "unsure of 7" in in_process("predict", "three.png", "--threshold", "1").stdout


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("wrong", ["1.1", "-0.1", "nan", "much"])
def test_a_threshold_that_is_no_probability_is_told(wrong: str, in_process: Command) -> None:
    done = in_process("predict", "one.png", "--threshold", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_has_a_row_a_line_and_one_for_a_picture_without_any(in_process: Command, place: Path) -> None:
    done = in_process("predict", "three.png", "blank.png", "missing.png", "--csv", "table.csv")
    assert done.returncode == 2  # one of them could not be read; the others are in the table all the same
    three, blank = rows((place / "table.csv").read_text(encoding="utf-8"))
    assert tuple(three) == COLUMNS
    assert (three["image"], three["text"], three["row"], three["column"]) == ("three.png", "721", "0", "0")
    assert 0 < float(three["lowest probability"]) <= 1
    left, width = int(three["left"]), int(three["width"])
    assert 0 < left < left + width < 900
    assert (blank["image"], blank["text"], blank["sure"]) == ("blank.png", "", "")
    assert done.stdout.startswith("three.png: 721  ")


@pytest.mark.usefixtures("place")
def test_a_table_on_standard_output_is_all_that_is_there(in_process: Command) -> None:
    done = in_process("predict", "three.png", "missing.png", "--csv", "-")
    assert [row["text"] for row in rows(done.stdout)] == ["721"]
    assert done.stderr.startswith("error: missing.png")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--csv", "-", "--json"], "standard output"),
        (["--csv", "."], "is a folder"),
        (["--csv", "none/table.csv"], "does not exist"),
        (["--crops", "one.png"], "is no folder"),
        (["--stages", "."], "is not empty"),
    ],
)
def test_where_nothing_can_go_is_told_before_anything_is_read(
    options: list[str], says: str, in_process: Command, place: Path
) -> None:
    before = sorted(place.rglob("*"))
    done = in_process("predict", "one.png", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert sorted(p for p in place.rglob("*") if p.name != "state") == before


def test_a_files_name_is_no_formula_in_the_table(in_process: Command, place: Path) -> None:
    name = "=HYPERLINK(1).png"
    (place / "one.png").rename(place / name)
    (row,) = rows(in_process("predict", name, "--csv", "-").stdout)
    assert row["image"] == f"'{name}"


@given(st.text())
def test_no_text_in_the_table_is_a_formula_or_commands_a_terminal(text: str) -> None:
    shown = harmless(text)
    assert shown.removeprefix("'") == printable(text).removeprefix("'")
    assert shown.lstrip()[:1] not in ("=", "+", "@")


@pytest.mark.parametrize("text", ["-12.50", "24/12/1998", "", "7: 12", "a-b"])
def test_what_is_read_stays_as_it_is_in_the_table(text: str) -> None:
    assert harmless(text) == text


# --- pictures of what was read ----------------------------------------------------------------------------------------


def test_each_digit_is_written_as_cut_out_and_as_the_model_got_it(in_process: Command, place: Path) -> None:
    (place / "other").mkdir()
    (place / "three.png").rename(place / "other" / "one.png")
    done = in_process("predict", "one.png", "other/one.png", "blank.png", "--crops", "crops")
    assert done.returncode == 0
    files = {path.name: Image.open(path) for path in (place / "crops").iterdir()}
    small = sorted(name for name in files if name.endswith("-28x28.png"))
    assert [name.split("-0.")[0].split("-1.")[0] for name in small] == [
        "one-line1-01-4", "one~2-line1-01-7", "one~2-line1-02-2", "one~2-line1-03-1"
    ]  # fmt: skip
    assert all(files[name].size == (28, 28) for name in small)
    assert len(files) == 2 * len(small)
    assert all(files[name.replace("28x28", "cut-out")].mode == "RGB" for name in small)


def test_nothing_is_overwritten(in_process: Command, place: Path) -> None:
    assert in_process("predict", "one.png", "--crops", "crops").returncode == 0
    before = {path: path.read_bytes() for path in (place / "crops").iterdir()}
    again = in_process("predict", "three.png", "--crops", "crops")
    assert again.returncode == 2
    assert "is not empty" in again.stderr
    assert {path: path.read_bytes() for path in (place / "crops").iterdir()} == before


def test_the_stages_of_a_picture_can_be_looked_at(in_process: Command, place: Path) -> None:
    assert in_process("predict", "three.png", "--stages", "stages", "--json").returncode == 0
    files = sorted((place / "stages").iterdir())
    assert [path.name for path in files] == [
        "three-1-ink-by-its-strength.png", "three-2-ink.png", "three-3-shapes.png", "three-4-read.png"
    ]  # fmt: skip
    ink, read = (np.asarray(Image.open(path).convert("RGB")).astype(int) for path in (files[1], files[3]))
    assert 0.005 < (ink[..., 0] < 128).mean() < 0.2
    green = (read[..., 1] - read[..., 0] > 60) & (read[..., 1] - read[..., 2] > 40)
    assert green.any()


def test_a_models_own_crops_are_those_that_it_was_asked_about(in_process: Command, place: Path) -> None:
    in_process("predict", "one.png", "--crops", "crops", "--model", "conv_net")
    names = sorted(path.name for path in (place / "crops").iterdir())
    assert [name.rpartition("-")[2] for name in names] == ["28x28.png", "out.png"]
    assert all(name.startswith("one-line1-01-4-") for name in names)
