"""``5x5 explain … --against``: another picture, model, run or network; and what is said when the call is wrong."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from fivebyfive.datasets import Dataset
from support import Call, expect_sentence


@pytest.fixture
def pictures(tmp_path: Path, digits: Dataset) -> Path:
    """A folder with a 7 and a 4, black on white."""
    for name, n in (("7.png", 0), ("4.png", 4)):
        Image.fromarray(255 - digits.test.pixels[n, ..., 0]).resize((84, 84)).save(tmp_path / name)
    Image.new("L", (84, 84), 255).save(tmp_path / "blank.png")
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\n\ndef net():\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    return tmp_path


@pytest.mark.usefixtures("pictures")
def test_another_picture(call: Call) -> None:
    code, text, _ = call("explain", "7.png", "--model", "quick", "--against", "4.png")
    assert code == 0
    assert text.startswith("A: 7.png · B: 4.png")
    assert "What goes in differs already: input by" in text
    assert "A answers 7" in text


def test_a_name_that_no_text_can_hold(call: Call, pictures: Path) -> None:
    odd = pictures / os.fsdecode(b"\xff<b>.png")
    odd.write_bytes((pictures / "4.png").read_bytes())
    code, text, _ = call(
        "explain", "7.png", "--model", "quick", "--against", odd, "--html", "x.html", "--json", "x.json"
    )
    assert code == 0
    assert text.startswith("A: 7.png · B: \\xff<b>.png")
    assert json.loads((pictures / "x.json").read_text())["against"]["second"]["name"] == "\\xff<b>.png"


@pytest.mark.usefixtures("pictures")
def test_another_model_of_the_same_picture(call: Call, pictures: Path) -> None:
    code, text, _ = call("explain", "7.png", "--against", "quick", "--json", "both.json", "--html", "both.html")
    assert code == 0
    assert "A: conv_net · B: quick" in text
    assert "both.html: the page of both" in text
    said = json.loads((pictures / "both.json").read_text())
    assert said["network"] == "conv_net"
    assert said["against"]["second"]["name"] == "quick"
    assert said["against"]["parting"] == "output"
    assert (pictures / "both.html").stat().st_size > 100_000


@pytest.mark.usefixtures("pictures")
def test_the_same_network_with_other_weights_and_another_network(call: Call, pictures: Path) -> None:
    import torch

    for name, seed in (("a.pth", 1), ("b.pth", 2)):
        torch.manual_seed(seed)
        torch.save(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10)).state_dict(), pictures / name)
    given = ("explain", "net.py:net", "7.png", "--model", "a.pth", "--json", "-", "--against")
    code, text, _ = call(*given, "b.pth")
    assert code == 0
    found = json.loads(text)["against"]
    assert (found["first"]["name"], found["second"]["name"]) == ("a.pth", "b.pth")
    assert found["parting"] == "1"
    code, text, _ = call("explain", "7.png", "--json", "-", "--against", "net.py:net")
    assert code == 0
    assert json.loads(text)["against"]["second"]["name"] == "net.py:net"


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--against", "nothing.png"), "'nothing.png' is nothing that is there"),
        (("--against", ""), "'' is nothing that is there"),
        (("--against", "x" * 5000), "too long for a file's name"),
        (("--against", "\x1b[31m"), "is nothing that is there"),
        (("--against", "net.py"), ""),
        (("--against", "."), "not a run folder"),
        (("--against", "gone.safetensors"), "does not exist"),
        (("--against", "blank.png"), "--against blank.png: no digit found"),
        (("--against", "4.png", "--at", "conv1"), "--at is about one"),
        (("--against", "4.png", "--label", "4"), "--label is about one"),
        (("--against", "4.png", "--why"), "--why is about one"),
        (("--against", "4.png", "--site", "www"), "--site is about one"),
        (("--against", "4.png", "--post", "net.md"), "--post is about one"),
        (("--against", "4.png", "--html", "x.html", "--live"), "--live is about one"),
        (("--against", "4.png", "--gallery", "4.png"), "--gallery is for a live page"),
    ],
)
def test_a_wrong_call_is_one_sentence(call: Call, arguments: tuple[str, ...], said: str) -> None:
    assert said in expect_sentence(call("explain", "7.png", *arguments))
