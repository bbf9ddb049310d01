"""What several processes evaluate and read together is what one does, to the last digit, and said once."""

import json
from pathlib import Path

import pytest
from PIL import Image

from fivebyfive.datasets import Dataset
from sharing import start
from support import Command


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums are formed in the same order then."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def test_evaluation_is_shared_out(tmp_path: Path, idx_folder: Path, five_by_five: Command) -> None:
    call = ("evaluate", "quick", "--data", idx_folder, "--json", "--out")
    alone = json.loads(five_by_five(*call, tmp_path / "one").stdout)
    done = start("-m", "fivebyfive", *call, tmp_path / "three", processes=3)
    assert done.returncode == 0, done.stderr
    together = json.loads(done.stdout)
    assert alone.pop("images_per_second") > 0
    assert together.pop("images_per_second") > 0
    assert together == alone


def test_many_pictures_are_read_in_order(tmp_path: Path, digits: Dataset, five_by_five: Command) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for n, pixels in enumerate(digits.test.pixels[:140, ..., 0]):
        Image.fromarray(pixels).save(folder / f"{n:03}.png")
    (folder / "077.png").write_text("no picture")
    alone = five_by_five("predict", folder, "--jsonl")
    done = start("-m", "fivebyfive", "predict", folder, "--jsonl")
    assert alone.returncode == 2
    assert done.stdout == alone.stdout
    assert done.stdout.count("\n") == 140
    some = tmp_path / "some.jsonl"
    assert five_by_five("predict", folder, "--resume-into", tmp_path / "all.jsonl").returncode == 2
    some.write_text("".join((tmp_path / "all.jsonl").read_text().splitlines(keepends=True)[:70]))
    start("-m", "fivebyfive", "predict", folder, "--resume-into", some)
    assert some.read_text() == (tmp_path / "all.jsonl").read_text()
