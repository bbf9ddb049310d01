"""``5x5 explain --live`` and ``--site`` as a process: what it writes, and says when the call is wrong."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support import Call

NETWORK = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        x = self.conv(x).relu()
        return self.fc(x.mean((2, 3)))

class Thrown(Net):
    def forward(self, x):
        x = nn.functional.dropout(self.conv(x).relu(), 0.5, True)
        return self.fc(x.mean((2, 3)))

class Turns(Net):
    def forward(self, x):
        if x.mean() > 0.45:
            return self.fc(self.conv(x).tanh().mean((2, 3)))
        x = self.conv(x)
        return self.fc(x.relu().mean((2, 3)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the command runs in, with photos and a file of networks."""
    random = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(random.integers(0, 256, (48, 40, 3), np.uint8)).save(tmp_path / "photos" / name)
    (tmp_path / "net.py").write_text(NETWORK)
    return tmp_path


def test_a_file_and_a_site_are_written_and_their_sizes_said(call: Call, folder: Path) -> None:
    image, live = "photos/a.png", ("--html", "live.html", "--live", "--site", "www", "--gallery", "photos")
    code, said, _ = call("explain", "net.py:Net", image, *live)
    assert code == 0
    assert "live.html: the page with the network in it," in said
    assert "www: the site," in said
    assert "<iframe src=" in said
    assert (folder / "www" / "index.html").is_file()
    (folder / "www" / "mine.txt").write_text("mine")
    code, said, wrong = call("explain", "net.py:Net", image, "--site", "www")
    assert (code, said) == (2, "")
    assert "mine.txt is no part of a site" in wrong


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("net.py:Net photos/a.png --live", "give its file too: --html FILE"),
        ("net.py:Net photos/a.png --gallery photos", "--gallery is for a live page"),
        ("net.py:Net photos/a.png --site www --label 1", "forward only"),
        ("net.py:Net photos/a.png --site photos", "a.png is no part of a site that was written here"),
        ("net.py:Net photos/a.png --site www --gallery nowhere", "--gallery nowhere does not exist"),
        ("net.py:Net photos/a.png --site www --gallery net.py", "net.py"),
        ("net.py:Thrown photos/a.png --site www", "it does not know how to compute x.dropout (dropout)"),
        ("net.py:Turns photos/a.png --site www", "takes another way through its code for another picture"),
    ],
)
def test_a_call_that_cannot_be_is_told_in_a_sentence(call: Call, folder: Path, arguments: str, says: str) -> None:
    code, said, wrong = call("explain", *arguments.split())
    assert (code, said) == (2, "")
    assert says in wrong
    assert wrong.count("\n") == 1
    assert not (folder / "www").exists()
