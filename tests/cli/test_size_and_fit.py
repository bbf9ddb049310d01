"""How pictures come to a size, on the command line: said once, and kept with run and model."""

import json
from pathlib import Path

import pytest

from striped import photographs
from support import Call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return photographs(tmp_path / "photographs", 6)


def test_size_fit_and_cache_are_the_runs(call: Call, tmp_path: Path, folder: Path) -> None:
    run = tmp_path / "run"
    how = ("--size", "16x20", "--fit", "pad", "--no-cache", "--film", 0, "--samples", 20, "--batch-size", 5)
    code, _, said = call("train", "perceptron", "--recipe", "classic", "--data", folder, "--out", run, *how)
    assert code == 0, said
    plan = json.loads((run / "run.json").read_text())
    assert (plan["shape"], plan["fit"], plan["cache"]) == ([16, 20, 3], "pad", False)
    code, out, said = call("evaluate", run, "--json")
    assert code == 0, said
    assert json.loads(out)["test_accuracy"] == plan["results"]["test_accuracy"]
    code, out, said = call("predict", next(folder.rglob("*.jpg")), "--model", run, "--json")
    assert code == 0, said


def test_one_number_is_a_square_and_arrays_come_to_it_too(call: Call, tmp_path: Path) -> None:
    code, _, said = call(
        "train", "perceptron", "--size", "14", "--samples", 300, "--film", 0, "--out", tmp_path / "run"
    )
    assert code == 0, said
    assert json.loads((tmp_path / "run" / "run.json").read_text())["shape"] == [14, 14, 1]
    code, _, said = call("evaluate", tmp_path / "run")
    assert code == 0, said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--size", "0"), "--size is '0'; N or HxW"),
        (("--size", "12x"), "--size is '12x'"),
        (("--size", "9999999"), "1 to 4,096 pixels"),
        (("--fit", "bend"), "fit is 'bend'; squeeze, crop, pad or resize"),
    ],
)
def test_what_is_no_size_is_told(call: Call, folder: Path, given: tuple[str, str], said: str) -> None:
    code, _, error = call("train", "perceptron", "--data", folder, *given)
    assert (code, error.count("\n")) == (2, 1)
    assert said in error
