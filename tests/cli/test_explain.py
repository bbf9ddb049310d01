"""``5x5 explain`` as a process: what it prints, writes, and says when the call is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support import Command

NETWORKS = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.fc = nn.Linear(width, 5)

    def forward(self, x):
        x = self.conv(x).relu()
        return self.fc(x.mean((2, 3)))

class Talks(Net):
    def forward(self, x):
        print("the shape is", x.shape)
        return super().forward(x)

class Wrong(Net):
    def forward(self, x):
        return torch.mm(self.conv(x), x)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that the command runs in, with a photo and a file of networks."""
    photo = np.random.default_rng(0).integers(0, 256, (48, 40, 3), np.uint8)
    Image.fromarray(photo).save(tmp_path / "cat.png")
    (tmp_path / "mynet.py").write_text(NETWORKS)
    return tmp_path


def test_without_an_image_a_test_image_of_mnist_is_explained_and_named(in_process: Command) -> None:
    done = in_process("explain")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("conv_net · MNIST test image 0 (a 7) ─")
    assert 'conv1 = conv2d(x, weights["wc1"], biases["bc1"])' in done.stdout
    assert "832 parameters · 652,288 MACs" in done.stdout
    assert done.stdout.partition("the answer")[2].splitlines()[1].startswith(" 7 ██")
    assert "\x1b" not in done.stdout


@pytest.mark.usefixtures("folder")
def test_ones_own_network_and_picture(in_process: Command) -> None:
    done = in_process("explain", "cat.png", "--network", "mynet.py:Net(width=6)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Net · cat.png ─")
    assert "x = self.conv(x).relu()" in done.stdout
    assert "48×40×3 → 46×38×6" in done.stdout
    assert "This network was never trained: its weights are random, and its answer means nothing" in done.stdout


def test_weights_for_ones_own_network(in_process: Command, folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    weights = {
        "conv.weight": torch.zeros(4, 3, 3, 3),
        "conv.bias": torch.ones(4),
        "fc.weight": torch.zeros(5, 4),
        "fc.bias": torch.tensor([0.0, 0.0, 9.0, 0.0, 0.0]),
    }
    save_file(weights, folder / "weights.safetensors")
    done = in_process("explain", "cat.png", "--network", "mynet.py:Net", "--model", "weights.safetensors")
    assert done.returncode == 0, done.stderr
    assert done.stdout.partition("the answer")[2].splitlines()[1].startswith(" 2 ██")
    save_file({"conv.bias": torch.ones(4)}, folder / "weights.safetensors")
    done = in_process("explain", "cat.png", "--network", "mynet.py:Net", "--model", "weights.safetensors")
    assert (done.returncode, done.stdout) == (2, "")
    assert "weights weights.safetensors do not fit network mynet.py:Net: the file lacks" in done.stderr


def test_one_number_as_a_table(in_process: Command) -> None:
    done = in_process("explain", "--at", "conv1", "--y", "4", "--x", "7", "--channel", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("conv1.conv2d at y 4, x 7, channel 3 = ")
    for words in (
        "window",
        "× filter",
        "= products",
        "sum of 25 products",
        "total",
        "O[n,i,j,k] = Σ",
        "then conv1.relu",
    ):
        assert words in done.stdout


def test_what_is_not_given_of_the_place_is_where_the_value_is_largest(in_process: Command) -> None:
    whole = in_process("explain", "--at", "out.add").stdout
    assert whole.startswith("out.add at unit 7 = ")
    row = in_process("explain", "--at", "conv1.max_pool", "--y", "0").stdout
    assert row.startswith("conv1.max_pool at y 0, x ")


def test_the_description_is_the_contracts(in_process: Command, tmp_path: Path) -> None:
    done = in_process("explain", "--json", "-")
    document = json.loads(done.stdout)
    assert {"network", "steps", "prediction"} <= document.keys()
    fields = [
        "name",
        "op",
        "kind",
        "source",
        "inputs",
        "input_shapes",
        "output_shape",
        "parameters",
        "macs",
        "receptive_field",
    ]
    assert all(set(fields) <= step.keys() for step in document["steps"])
    assert {"label", "probability"} <= document["prediction"][0].keys()
    done = in_process("explain", "--json", "trace.json")
    assert json.loads((tmp_path / "trace.json").read_text()) == document
    assert "trace.json: the description" in done.stdout


def test_a_page_is_written_over_an_older_one_and_the_answer_printed(in_process: Command, tmp_path: Path) -> None:
    (tmp_path / "lesson.html").write_text("older")
    done = in_process("explain", "--html", "lesson.html")
    assert done.returncode == 0, done.stderr
    assert "<html" in (tmp_path / "lesson.html").read_text()[:2000]
    lines = done.stdout.splitlines()
    assert lines[0].startswith(" 7 ██")
    assert lines[-1].startswith("lesson.html: the page, ")


@pytest.mark.usefixtures("folder")
def test_what_ones_own_network_prints_is_no_part_of_the_document(in_process: Command) -> None:
    done = in_process("explain", "cat.png", "--network", "mynet.py:Talks", "--json", "-")
    assert json.loads(done.stdout)["network"] == "Talks"
    assert done.stderr == "the shape is torch.Size([1, 3, 48, 40])\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", [("mynet.py:Net", "cat.png"), ("cat.png", "--network", "mynet.py:Net")])
def test_a_network_may_stand_before_the_picture(arguments: tuple[str, ...], in_process: Command) -> None:
    said = json.loads(in_process("explain", *arguments, "--json", "-").stdout)
    assert said["network"] == "Net"
    assert said["steps"][0]["output_shape"][2:] == [48, 40]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (["--y", "3"], "give the step too: --at STEP"),
        (["none.png"], "image none.png does not exist"),
        (["."], "image . is no file"),
        (["--html", "-"], "--html needs the name of a file"),
        (["--json", "."], "--json needs the name of a file; . is a folder"),
        (["conv_net", "--network", "deep"], "two networks are given, conv_net and --network deep"),
        (["conv_net", "none.png"], "image none.png does not exist"),
        (["--network", "conv"], "model conv does not exist"),
        (["--network", "conv.onnx", "--model", "conv_net"], "conv.onnx is an ONNX model, which has its own weights"),
        (["--model", "none"], "model none does not exist"),
    ],
)
def test_a_wrong_call_is_one_line(
    call: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fivebyfive import cli

    monkeypatch.setattr("sys.argv", ["5x5", "explain", *call])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    assert end.value.code == 2
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert says in printed.err


def test_a_place_outside_of_the_map_is_told_with_its_size(in_process: Command) -> None:
    done = in_process("explain", "--at", "conv2", "--y", "14")
    assert (done.returncode, done.stdout) == (2, "")
    assert "y is 14, outside of conv2.conv2d, which is 14×14×64" in done.stderr


def test_an_unknown_step_is_told_with_the_nearest(in_process: Command) -> None:
    done = in_process("explain", "--at", "conv3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no step is called 'conv3'; the nearest are conv" in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_forward_that_raises_is_told_with_the_users_own_lines(in_process: Command) -> None:
    done = in_process("explain", "cat.png", "--network", "mynet.py:Wrong")
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("error: ")
    assert "return torch.mm(self.conv(x), x)" in done.stderr
    assert "/torch/" not in done.stderr


def test_a_place_that_cannot_be_written_leaves_nothing(in_process: Command, tmp_path: Path) -> None:
    done = in_process("explain", "--json", "none/trace.json")
    assert done.returncode == 1
    assert "none/trace.json cannot be written" in done.stderr
    assert not (tmp_path / "none").exists()


PEOPLES = """
import os
import subprocess
import torch
import torch.nn as nn
import torch.nn.functional as F

print("loading the file")
os.write(1, b"from below Python\\n")

class LeNet(nn.Module):
    def __init__(self):
        super(LeNet, self).__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.fc = nn.Linear(320, 10)

    def forward(self, x):
        subprocess.run(["echo", "from another process"])
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = x.view(-1, 320)
        return F.log_softmax(self.fc(x), dim=1)

class Segments(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(8, 2, 2, 2)

    def forward(self, x):
        return self.up(F.relu(self.down(x)))

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(50, 16)

    def forward(self, x):
        return self.emb(x)

def compiled():
    return torch.compile(LeNet())
"""


@pytest.fixture
def peoples(folder: Path) -> Path:
    (folder / "peoples.py").write_text(PEOPLES)
    return folder


@pytest.mark.usefixtures("peoples")
def test_whatever_the_code_prints_the_document_is_alone(five_by_five: Command) -> None:
    done = five_by_five("explain", "cat.png", "--network", "peoples.py:LeNet", "--json", "-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["network"] == "LeNet"
    for said in ("loading the file", "from below Python", "from another process"):
        assert said in done.stderr


def test_what_was_done_with_the_picture_is_said(in_process: Command, peoples: Path) -> None:
    Image.fromarray(np.full((28, 28), 7, np.uint8)).save(peoples / "small.png")
    for picture, said in (
        ("cat.png", ["scaled and its middle cut out", "Its colours were made grey"]),
        ("small.png", ["The picture, 28×28 pixels, is taken as it is."]),
    ):
        done = in_process("explain", picture, "--network", "peoples.py:LeNet")
        assert done.returncode == 0, done.stderr
        shown = " ".join(line[28:].strip() for line in done.stdout.splitlines()[:14])
        assert all(sentence in shown for sentence in said), shown


@pytest.mark.usefixtures("peoples")
def test_an_output_that_is_a_picture_ends_well(five_by_five: Command) -> None:
    done = five_by_five("explain", "cat.png", "--network", "peoples.py:Segments", "--html", "page.html")
    assert (done.returncode, done.stderr) == (0, "loading the file\nfrom below Python\n")
    assert "48×40×2" in done.stdout
    assert "page.html: the page" in done.stdout


@pytest.mark.usefixtures("peoples")
def test_a_network_that_takes_no_pictures_says_what_it_takes(in_process: Command) -> None:
    done = in_process("explain", "cat.png", "--network", "peoples.py:Words")
    assert done.returncode == 2
    assert "error: Words takes no pictures: its first layer is Embedding(50, 16); give a tensor" in done.stderr


@pytest.mark.usefixtures("peoples")
def test_a_compiled_network_is_explained_without_a_warning(in_process: Command) -> None:
    done = in_process("explain", "cat.png", "--network", "peoples.py:compiled")
    assert done.returncode == 0, done.stderr
    assert "x = x.view(-1, 320)" in done.stdout
    assert "arn" not in done.stderr
