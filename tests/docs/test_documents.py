"""What the commands print as JSON, and the files of a run, are what their schemas say; and no more than that."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

from fivebyfive.datasets import Dataset
from making import schemas
from support import Call

SCHEMAS = schemas.schemas()


def held(name: str, document: Any) -> None:
    """Raise where `document` is not what the schema says."""
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(document)


@pytest.fixture
def seven(tmp_path: Path, digits: Dataset) -> Path:
    """A picture of a 7."""
    path = tmp_path / "7.png"
    Image.fromarray(digits.test.pixels[0][..., 0]).save(path)
    return path


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_says_what_everything_is(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    for part in (SCHEMAS[name], *SCHEMAS[name].get("$defs", {}).values()):
        bare = [key for key, value in part.get("properties", {}).items() if not ({"description", "$ref"} & set(value))]
        assert bare == []


def test_what_was_read_of_pictures(call: Call, seven: Path) -> None:
    code, printed, _ = call("predict", seven, "--json")
    held("predict", json.loads(printed))
    assert code == 0
    code, printed, _ = call("predict", seven, "nowhere.png", "--jsonl")
    entries = [json.loads(line) for line in printed.splitlines()]
    held("predict", entries)
    assert [set(entry) >= {"error"} for entry in entries] == [False, True]


def test_what_is_not_in_a_schema_is_noticed(call: Call, seven: Path) -> None:
    document = json.loads(call("predict", seven, "--json")[1])
    for spoilt in ("missing", "unknown", "of another type"):
        other = copy.deepcopy(document)
        if spoilt == "missing":
            del other[0]["lines"]
        elif spoilt == "unknown":
            other[0]["digits"][0]["colour"] = "blue"
        else:
            other[0]["digits"][0]["probability"] = "0.9"
        with pytest.raises(jsonschema.ValidationError):
            held("predict", other)


@pytest.mark.slow
def test_what_a_training_and_its_evaluation_say(call: Call, idx_folder: Path, tmp_path: Path) -> None:
    few = ("--samples", "512", "--display-step", "1", "--validations", "2", "--keep", "best")
    _, printed, _ = call("train", "quick", "--data", idx_folder, *few, "--out", tmp_path / "run", "--json")
    held("train", json.loads(printed))
    held("run", json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8")))
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"loss" in line for line in lines} == {True, False}  # both sorts of lines
    for line in lines:
        held("metrics", line)
    _, printed, _ = call("evaluate", tmp_path / "run", "--out", tmp_path / "said", "--json")
    held("evaluate", json.loads(printed))


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ((), "steps"),
        (("--at", "convolution", "--y", "1", "--x", "2", "--channel", "3"), "number"),
        (("--label", "4", "--weight", "output.weight"), "way_back"),
        (("--why", "9", "--instead-of", "4"), "why"),
        (("--against", "conv_net"), "against"),
    ],
)
def test_what_an_explanation_says(call: Call, seven: Path, asked: tuple[str, ...], part: str) -> None:
    code, printed, error = call("explain", "quick", seven, *asked, "--json", "-")
    assert (code, error) == (0, "")
    held("explain", json.loads(printed))
    assert part in json.loads(printed)
