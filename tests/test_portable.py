"""What is given away says nothing of the folders on this machine: exports and the page, in real files."""

import base64
import gzip
import re
from pathlib import Path

import onnx
import pytest
from safetensors import safe_open

from fivebyfive.portable import data_name, network_name
from support import Command

CODE = """
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 5, stride=4)

    def forward(self, x):
        return self.conv(x).relu()

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block, self.out = Block(), nn.Linear(144, 10)

    def forward(self, x):
        return self.out(self.block(x).flatten(1))
"""


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("/nets/ada/digits/mynet.py:Net", "mynet.py:Net"),
        ("/nets/ada/my nets/v1.2.py:Net(4, depth=2)*3", "v1.2.py:Net(4, depth=2)*3"),
        ("hf:/nets/ada/models/vit", "hf:vit"),
        ("hf:google/vit", "hf:google/vit"),
        ("timm:resnet18", "timm:resnet18"),
        ("mynet.py:Net", "mynet.py:Net"),
        ("conv_net", "conv_net"),
        ("quick*3", "quick*3"),
        ("Net", "Net"),
    ],
)
def test_a_network_is_called_by_its_file_alone(name: str, given: str) -> None:
    assert network_name(name) == given


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("mnist", "mnist"),
        ("written", "written"),
        ("/nets/ada/photos", "photos"),
        ("/nets/ada/photos.csv", "photos.csv"),
        ("/nets/ada/mnist", "./mnist"),  # her own, not the one that comes with the package
    ],
)
def test_a_data_set_is_called_by_the_last_part_of_its_path(name: str, given: str) -> None:
    assert data_name(name) == given


def test_no_file_that_is_given_away_names_a_folder_of_this_machine(
    tmp_path: Path, idx_folder: Path, in_process: Command
) -> None:
    secret = tmp_path / "home-of-ada"
    secret.mkdir()
    (secret / "mynet.py").write_text(CODE)
    idx_folder.rename(secret / "photos")
    call = ("--data", secret / "photos", "--samples", "300", "--out", secret / "run")
    done = in_process("train", secret / "mynet.py:Net", *call)
    assert done.returncode == 0, done.stderr
    for to in ("onnx", "safetensors"):
        done = in_process("export", secret / "run", "--to", to, "--out", f"model.{to}")
        assert done.returncode == 0, done.stderr
    done = in_process("explain", "--model", secret / "run", "--html", "page.html")
    assert done.returncode == 0, done.stderr

    page = (tmp_path / "page.html").read_text()
    held = re.search(r'id="document">([^<]*)<', page)
    assert held is not None
    inside = gzip.decompress(base64.b64decode(held[1]))
    files = [(tmp_path / name).read_bytes() for name in ("model.onnx", "model.safetensors")]
    for content in (*files, page.encode(), inside):
        for part in (secret.name, tmp_path.name, str(tmp_path.parent)):
            assert part.encode() not in content
    assert b"mynet.py:Net" in inside
    about = {p.key: p.value for p in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert about["network"] == "mynet.py:Net"
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert '"data": "photos"' in file.metadata()["fivebyfive"]
    assert in_process("evaluate", secret / "run").returncode == 0  # which still knows where its code and data are
