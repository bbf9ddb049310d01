"""``5x5 predict``: pictures in, digits out, one line or one JSON entry each; a bad file holds up nothing."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fivebyfive.datasets import Dataset
from fivebyfive.prediction.opening import READER, _onnx_file
from support import Command

Pixels = npt.NDArray[np.uint8]


def photo(digits: Dataset, *which: int) -> Pixels:
    """MNIST's test images on paper, side by side."""
    row = np.hstack([digits.test.pixels[i, :, :, 0] for i in which])
    large = np.asarray(cv2.resize(row, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.uint8)
    return np.rint(235 - 0.8 * large.astype(float)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path, digits: Dataset) -> Path:
    """Two photos, a blank page, and a file that is no picture."""
    place = tmp_path / "photos"
    place.mkdir()
    Image.fromarray(photo(digits, 0)).save(place / "a.png")
    Image.fromarray(photo(digits, 1, 2, 3)).save(place / "b.jpg")
    Image.new("L", (200, 200), 230).save(place / "c.png")
    (place / "d.png").write_bytes(b"no picture")
    return place


def test_json_has_an_entry_for_each_picture(in_process: Command, folder: Path, digits: Dataset) -> None:
    done = in_process("predict", folder, "--json")
    assert done.returncode == 2  # one of the pictures could not be read
    first, second, blank, broken = json.loads(done.stdout)
    assert first["image"] == str(folder / "a.png")
    assert first["text"] == str(digits.test.labels[0])
    assert second["text"] == "".join(map(str, digits.test.labels[1:4]))
    assert [set(d) for d in second["digits"]] == [{"label", "probability", "sure", "box"}] * 3
    assert blank == {"image": str(folder / "c.png"), "text": "", "digits": [], "lines": [], "unread": []}
    assert set(broken) == {"image", "error"}


def test_lines_are_for_people(in_process: Command, folder: Path, digits: Dataset) -> None:
    done = in_process("predict", *sorted(folder.iterdir()))
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{folder / 'a.png'}: {digits.test.labels[0]}  ")
    assert lines[2] == f"{folder / 'c.png'}: no digit found"
    (error,) = done.stderr.splitlines()
    assert error.startswith(f"error: {folder / 'd.png'}: this is not a picture")


def test_many_pictures_are_read_in_order_by_several_processes(
    in_process: Command, tmp_path: Path, digits: Dataset
) -> None:
    place = tmp_path / "many"
    place.mkdir()
    for i in range(70):
        Image.fromarray(digits.test.pixels[i, :, :, 0]).save(place / f"{i:03}.png")
    (place / "033.png").write_bytes(b"")
    done = in_process("predict", place, "--json")
    entries = json.loads(done.stdout)
    assert [Path(e["image"]).stem for e in entries] == [f"{i:03}" for i in range(70)]
    assert "error" in entries[33]
    right = [e.get("text") == str(label) for e, label in zip(entries, digits.test.labels, strict=False)]
    assert sum(right) >= 66


def test_raw_pictures_are_not_prepared(in_process: Command, tmp_path: Path, digits: Dataset) -> None:
    Image.fromarray(digits.test.pixels[0, :, :, 0]).save(tmp_path / "7.png")
    assert in_process("predict", "7.png", "--raw").stdout.startswith("7.png: 7  ")
    Image.new("L", (30, 30)).save(tmp_path / "large.png")
    wrong = in_process("predict", "large.png", "--raw")
    assert wrong.returncode == 2
    assert "28×28" in wrong.stderr


@pytest.mark.parametrize("arguments", [["missing.png"], ["."], ["7.png", "--model", "no-such-model"]])
def test_a_wrong_call_is_one_line(in_process: Command, arguments: list[str], tmp_path: Path) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "7.png") if len(arguments) > 1 else None
    done = in_process("predict", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(_onnx_file(None) is None, reason=f"models/{READER}.onnx is not here yet")
def test_the_shipped_reader_needs_no_pytorch(tmp_path: Path, digits: Dataset) -> None:
    Image.fromarray(photo(digits, 0)).save(tmp_path / "7.png")
    code = (
        "import sys; from pathlib import Path; from fivebyfive.prediction import predict;"
        "print(predict(Path('7.png')).text, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(digits.test.labels[0]), "False"]


def test_a_picture_of_dots_is_said_to_hold_too_much(in_process: Command, tmp_path: Path) -> None:
    y, x = np.mgrid[0:1024, 0:1024] % 8
    Image.fromarray((y >= 4) | (x >= 4)).save(tmp_path / "dots.png")
    line = in_process("predict", "dots.png")
    assert line.returncode == 0
    assert line.stdout == (
        "dots.png: no digit found: 16,129 shapes are too many to be read; give a part of the picture\n"
    )
    (entry,) = json.loads(in_process("predict", "dots.png", "--json").stdout)
    assert entry["digits"] == []
    assert entry["note"].startswith("16,129 shapes are too many")
