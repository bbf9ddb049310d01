"""``5x5 predict`` on many: lists of files, results that are gone on with, and ends that come from outside."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fivebyfive.datasets import Dataset
from photos import paper
from support import Command

COMMAND = [sys.executable, "-m", "fivebyfive", "predict"]


@pytest.fixture
def many(tmp_path: Path, digits: Dataset) -> Path:
    """More pictures than are read in one process, one of them with pages, and one broken."""
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(70):
        Image.fromarray(digits.test.pixels[i, :, :, 0]).save(folder / f"{i:03}.png")
    first, *others = [paper([digit], size=(300, 300)) for digit in "742"]
    first.save(folder / "033b.tif", save_all=True, append_images=others)
    (folder / "040.png").write_bytes(b"none")
    return folder


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """So many pictures that nobody waits for their end."""
    folder = tmp_path / "endless"
    folder.mkdir()
    paper(["7"], size=(600, 600)).save(folder / "0000.png")
    for i in range(1, 2000):
        (folder / f"{i:04}.png").hardlink_to(folder / "0000.png")
    return folder


def started(*arguments: object) -> "subprocess.Popen[bytes]":
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)


# --- what is read -----------------------------------------------------------------------------------------------------


def test_a_list_of_files_is_read_in_its_order(tmp_path: Path) -> None:
    for digit in "742":
        paper([digit], size=(300, 300)).save(tmp_path / f"{digit} .png")
    call = [*COMMAND, "2 .png", "--files-from", "-", "--jsonl"]
    given = b"4 .png\0" + b"missing.png\0" + b"7 .png\0"
    done = subprocess.run(call, input=given, cwd=tmp_path, capture_output=True, check=False)
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(e["image"], e.get("text")) for e in entries] == [
        ("2 .png", "2"), ("4 .png", "4"), ("missing.png", None), ("7 .png", "7")
    ]  # fmt: skip
    assert (done.returncode, done.stderr) == (2, b"")


def test_the_folders_in_a_folder_are_read_unless_they_are_not_wanted(in_process: Command, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    paper(["7"], size=(300, 300)).save(tmp_path / "in" / "deep" / "7.png")
    paper(["4"], size=(300, 300)).save(tmp_path / "in" / "z.png")
    read = [
        [json.loads(line)["text"] for line in in_process("predict", "in", "--jsonl", *more).stdout.splitlines()]
        for more in ([], ["--recursive"], ["--no-recursive"])
    ]
    assert read == [["7", "4"], ["7", "4"], ["4"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "there is nothing to be read"),
        (["--files-from", "missing.txt"], "missing.txt does not exist"),
        (["-", "--files-from", "-"], "can be read once"),
        (["7.png", "--json", "--jsonl"], "both print on standard output"),
        (["7.png", "--resume-into", "r.jsonl", "--crops", "crops"], "give one of them"),
        (["7.png", "--resume-into", "none/r.jsonl"], "cannot be written"),
    ],
)
def test_a_wrong_call_is_one_line_and_leaves_nothing(
    arguments: list[str], says: str, in_process: Command, tmp_path: Path
) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "7.png")
    done = in_process("predict", *arguments)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert says in line
    assert not (tmp_path / "r.jsonl").exists()


# --- going on ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        pytest.param([], id="the reader"),
        pytest.param(["--model", "conv_net"], id="another model", marks=pytest.mark.exhaustive),
    ],
)
def test_killed_at_any_moment_and_called_again_the_same_comes_out(model: list[str], many: Path, tmp_path: Path) -> None:
    def call(name: str) -> list[object]:
        return [many, *model, "--resume-into", tmp_path / f"{name}.jsonl", "--csv", tmp_path / f"{name}.csv"]

    assert started(*call("whole")).wait() == 2
    whole, again = (tmp_path / "whole.jsonl").read_bytes(), tmp_path / "again.jsonl"
    rng = random.Random(0)
    for share in (0.2, 0.45, 0.9):
        process = started(*call("again"))
        while process.poll() is None and (not again.exists() or again.stat().st_size < share * len(whole)):
            os.sched_yield()
        process.kill()
        process.communicate()
        with again.open("ab") as file:  # half a line, as a kill in the midst of writing leaves it
            file.write(whole[again.stat().st_size :][: rng.randrange(200)])
    process = started(*call("again"))
    _, said = process.communicate()
    assert process.returncode == 2
    assert b"of the pictures already; going on" in said
    assert again.read_bytes() == whole
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    entries = [json.loads(line) for line in whole.splitlines()]
    assert [e["text"] for e in entries if "page" in e] == ["7", "4", "2"]


def test_another_model_or_other_pictures_do_not_go_into_the_same_file(in_process: Command, tmp_path: Path) -> None:
    for digit in "74":
        paper([digit], size=(300, 300)).save(tmp_path / f"{digit}.png")
    assert in_process("predict", "7.png", "--resume-into", "r.jsonl").returncode == 0
    before = (tmp_path / "r.jsonl").read_bytes()
    for call, says in (
        (["4.png"], "it belongs to other pictures"),
        (["7.png", "--model", "conv_net"], "with model reader"),
        (["7.png", "--threshold", "0.5"], "with threshold 0.8"),
    ):
        done = in_process("predict", *call, "--resume-into", "r.jsonl")
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr
        assert (tmp_path / "r.jsonl").read_bytes() == before
    assert in_process("predict", "7.png", "4.png", "--resume-into", "r.jsonl", "--json").returncode == 0
    assert (tmp_path / "r.jsonl").read_bytes().startswith(before)


# --- ends that come from outside --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_ctrl_c_leaves_a_document_lines_and_a_table_that_are_whole(endless: Path, tmp_path: Path) -> None:
    process = started(endless, "--json", "--csv", tmp_path / "table.csv", "--resume-into", tmp_path / "r.jsonl")
    assert process.stdout is not None
    first = process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate()
    entries = json.loads(first + rest)
    assert (process.returncode, said) == (130, b"")
    assert 0 < len(entries) < 2000
    lines = (tmp_path / "r.jsonl").read_text().splitlines()
    assert [json.loads(line)["image"] for line in lines][: len(entries)] == [e["image"] for e in entries]
    with (tmp_path / "table.csv").open() as file:
        assert [row["image"] for row in csv.DictReader(file)] == [e["image"] for e in entries]


@pytest.mark.slow
@pytest.mark.parametrize("form", [[], ["--json"], ["--jsonl"], ["--csv", "-"]], ids=str)
def test_a_reader_that_wants_no_more_is_no_error(form: list[str], endless: Path) -> None:
    process = started(endless, *form)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(100)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
