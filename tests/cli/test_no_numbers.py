"""A network may answer with anything: what is no number, or no answer for each class, is told and never guessed at."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save as to_bytes

from fivebyfive import model as models
from fivebyfive.model import Model
from fivebyfive.networks import build
from support import Call, expect_sentence

# --- values that are no numbers --------------------------------------------------------------------------------------


def damaged(path: Path, name: str, classes: tuple[str, ...], some: bool = False) -> None:
    """A model of 8×8 pictures whose answers are no numbers; or only where a picture's first pixel is bright."""
    torch.manual_seed(0)
    network = build(name, height=8, width=8, channels=1, classes=len(classes))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(0 if some else float("nan"))
        if some:
            next(p for p in network.parameters() if p.ndim == 2).fill_(3e38)
    models.save(path, Model(network, name, classes, (8, 8, 1), {}))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Pictures of two classes whose names command rich; those that command a terminal are no data's."""
    for name in PLAIN:
        (tmp_path / "photos" / name).mkdir(parents=True)
        for n in range(6):
            pixels = np.full((8, 8), 0 if n % 2 else 200, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{n}.png")
    return tmp_path / "photos"


PLAIN = ("[red]", "b[bold]")
CLASSES = ("[red]\x1b[31m", "b\n\u202e[bold]")


def test_an_answer_that_is_no_number_is_an_error_of_its_picture(call: Call, tmp_path: Path, photos: Path) -> None:
    damaged(tmp_path / "nan.safetensors", "perceptron", CLASSES)
    code, out, err = call("predict", photos, "--model", "nan.safetensors", "--json")
    assert (code, err) == (2, "")
    entries = json.loads(out, parse_constant=pytest.fail)
    assert len(entries) == 12
    assert all(set(e) == {"image", "error"} and "no number (NaN" in e["error"] for e in entries)
    code, out, err = call("predict", photos, "--model", "nan.safetensors")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 12
    assert all(line.startswith(("error: photos/", "error: /")) for line in err.splitlines())
    assert "\x1b" not in err + out


def test_a_model_without_any_answer_has_no_accuracy(call: Call, tmp_path: Path, photos: Path) -> None:
    damaged(tmp_path / "nan.safetensors", "perceptron", PLAIN)
    said = call("evaluate", "nan.safetensors", "--data", photos)
    assert "gives no number (NaN or infinite) for any of 12 images" in expect_sentence(said, 1)
    code, out, err = call("evaluate", "nan.safetensors", "--data", photos, "--json")
    assert code == 1
    document = json.loads(out, parse_constant=pytest.fail)
    assert document["test_accuracy"] is None
    assert document["test_accuracy_first_256"] is None
    assert document["images_without_a_number"] == document["images"] == 12
    assert set(document["per_class"].values()) == {None}
    assert len(err.splitlines()) == 1


def test_some_answers_that_are_no_numbers_are_counted_as_wrong(call: Call, tmp_path: Path, photos: Path) -> None:
    damaged(
        tmp_path / "some.safetensors", "perceptron", (*PLAIN, CLASSES[1]), some=True
    )  # bright pictures overflow, black ones not
    code, out, _ = call("evaluate", "some.safetensors", "--data", photos)
    assert code == 0
    assert "6 images got no number (NaN or infinite) as answer; they count as wrong" in out
    assert "accuracy 25.0000%" in out
    assert out.count(r"b\n\u202e[bold]") >= 1
    assert "b[bold]" in out
    assert "\x1b" not in out
    assert "[red]" in out
    assert (tmp_path / "runs" / "evaluate-some" / "mistakes.png").is_file()
    entries = json.loads(call("predict", photos, "--model", "some.safetensors", "--json")[1])
    assert sum("error" in e for e in entries) == 6
    assert entries[1]["text"] == PLAIN[0]


def test_a_class_that_commands_the_terminal_is_shown_by_explain(call: Call, tmp_path: Path) -> None:
    torch.manual_seed(0)
    models.save(tmp_path / "m.safetensors", Model(build("perceptron", height=8, width=8, classes=2).eval(),
                                                  "perceptron", CLASSES, (8, 8, 1), {}))  # fmt: skip
    Image.new("L", (8, 8)).save(tmp_path / "a\x1b[2J\n.png")
    code, out, err = call("explain", "a\x1b[2J\n.png", "--model", "m.safetensors")
    assert (code, err) == (0, "")
    assert r"a\x1b[2J\n.png" in out
    assert r"[red]\x1b[31m" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


# --- outputs of a network --------------------------------------------------------------------------------------------

NETWORKS = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
    def forward(self, x):
        y = x.flatten(1)[:, :2] + 1
        return KINDS[self.kind](y)
KINDS = {
    "none": lambda y: None, "scalar": lambda y: y.sum(), "vector": lambda y: y[:, 0],
    "maps": lambda y: y[..., None, None],
    "tuple": lambda y: (y, y), "list": lambda y: [y], "dict": lambda y: {"logits": y}, "yes": lambda y: y > 0,
    "whole": lambda y: y.long(), "complex": lambda y: y + 1j, "three": lambda y: torch.cat([y, y[:, :1]], 1),
    "sparse": lambda y: y.to_sparse(), "text": lambda y: "a\x1b", "raises": lambda y: y.nothing,
    "exits": lambda y: exit(0), "half": lambda y: y.half(), "double": lambda y: y.double() * 1e300,
    "large": lambda y: y * 1e30, "bfloat16": lambda y: y.bfloat16(),
}
"""
RIGHT = {"half", "double", "large", "bfloat16"}


@pytest.mark.parametrize(
    "kind",
    ["none", "scalar", "vector", "maps", "tuple", "list", "dict", "yes", "whole", "complex", "three", "sparse", "text",
     "raises", "exits", "half", "double", "large", "bfloat16"],
)  # fmt: skip
def test_what_a_network_gives_is_understood_or_told(call: Call, tmp_path: Path, photos: Path, kind: str) -> None:
    (tmp_path / "own.py").write_text(NETWORKS)
    about = {"fivebyfive": json.dumps({"classes": PLAIN, "shape": [8, 8, 1]})}
    (tmp_path / "w.safetensors").write_bytes(to_bytes({}, about))
    network = ("--network", f"own.py:Net('{kind}')")
    for command in (["evaluate", "w.safetensors", "--data", photos], ["predict", photos, "--model", "w.safetensors"]):
        said = call(*command, *network)
        if kind in RIGHT:
            never = "is never right; an accuracy of 50.00% hides that\n" if command[0] == "evaluate" else ""
            assert said[0] == 0
            assert said[2].endswith(never)
            assert said[2].count("\n") == bool(never)
        else:
            sentence, *lines = said[2].splitlines()
            assert all(line.startswith("  ") for line in lines)  # the user's own, below the sentence
            line = expect_sentence((*said[:2], sentence), 1 if kind in ("raises", "exits") else 2)
            assert "own.py" in line
            assert kind in ("raises", "exits") or "was expected" in line
