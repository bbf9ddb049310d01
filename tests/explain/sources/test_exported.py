"""Exported programs, .pt2 files and what torch.export gives: PyTorch's own operations, on the user's own lines."""

import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from architectures import ARCHITECTURES
from fivebyfive import explain
from fivebyfive.errors import InputError
from fivebyfive.explain.sources import archive
from sums import expect_true, five_places
from support import noise

NET = """\
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return x + F.relu(self.conv(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3)
        self.blocks = nn.Sequential(Block(4), Block(4))
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        x = F.max_pool2d(self.stem(x), 2)
        x = self.blocks(x)
        a, b = x.mean((2, 3)).chunk(2, dim=1)
        return self.fc(x.flatten(2).mean(2)) + (a - b).sum()
"""


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in a file, beside the code that it was made of."""
    (tmp_path / "somebodys_net.py").write_text(NET)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("somebodys_net", None)
    import somebodys_net  # type: ignore[import-not-found]

    torch.manual_seed(0)
    batch = torch.export.Dim("batch")
    program = torch.export.export(somebodys_net.Net().eval(), (torch.rand(2, 1, 28, 28),), dynamic_shapes=({0: batch},))
    torch.export.save(program, tmp_path / "net.pt2")
    return tmp_path / "net.pt2"


def _picture() -> Any:
    return noise((28, 28, 1), edge=1)[..., 0]


def test_every_step_has_the_users_own_line_and_its_modules_name(exported: Path) -> None:
    trace = explain(str(exported), _picture())
    assert [(step.name, step.source and step.source.code) for step in trace.steps[1:8]] == [
        ("stem", "x = F.max_pool2d(self.stem(x), 2)"),
        ("x.max_pool2d", "x = F.max_pool2d(self.stem(x), 2)"),
        ("blocks.0.conv", "return x + F.relu(self.conv(x))"),
        ("blocks.0.relu", "return x + F.relu(self.conv(x))"),
        ("blocks.0.add", "return x + F.relu(self.conv(x))"),
        ("blocks.1.conv", "return x + F.relu(self.conv(x))"),
        ("blocks.1.relu", "return x + F.relu(self.conv(x))"),
    ]
    assert [line.code for line in trace["blocks.0.relu"].callers] == ["x = self.blocks(x)"]
    assert trace.source_files.keys() == {str(exported.with_name("somebodys_net.py"))}
    assert trace.parameter_count == 40 + 2 * 148 + 50


def test_without_the_code_the_operations_are_listed_as_code(exported: Path) -> None:
    exported.with_name("somebodys_net.py").unlink()
    trace = explain(str(exported), _picture())
    listing = trace.source_files["net.pt2"].splitlines()
    assert listing[0] == "x = ...  # what is given"
    assert "conv2d = conv2d(x, stem.weight, stem.bias)" in listing
    assert listing[-1] == "return add_2"
    assert [step.name for step in trace.steps[:4]] == ["input", "stem", "max_pool2d", "blocks.0.conv"]
    assert trace["stem"].source is not None
    assert trace["stem"].source.code == "conv2d = conv2d(x, stem.weight, stem.bias)"


def test_a_file_that_was_changed_since_is_not_quoted(exported: Path) -> None:
    code = exported.with_name("somebodys_net.py")
    code.write_text(NET.replace("F.relu(self.conv(x))", "F.gelu(self.conv(x))"))
    assert explain(str(exported), _picture()).source_files.keys() == {"net.pt2"}


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "mixed"])
@pytest.mark.parametrize("decomposed", [False, True])
def test_the_values_are_the_networks_and_every_sum_is_true(name: str, decomposed: bool) -> None:
    network, image = ARCHITECTURES[name].network(), ARCHITECTURES[name].image()[None]
    program = torch.export.export(network, (image,))
    trace = explain(program.run_decompositions() if decomposed else program, image)
    with torch.no_grad():
        assert torch.equal(trace.steps[-1].output, network(image))
    assert trace.parameter_count == sum(parameter.numel() for parameter in network.parameters())
    for step in trace.steps:
        expect_true(step, five_places(step)[2:])
    assert trace.agreement is None  # they are PyTorch's own operations


def _rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with other entries."""
    with zipfile.ZipFile(path) as file:
        entries = {entry.filename: file.read(entry) for entry in file.infolist()}
    change(entries)
    other = path.with_name("other.pt2")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_STORED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return other


def _calling(target: str) -> Callable[[dict[str, bytes]], None]:
    def change(entries: dict[str, bytes]) -> None:
        program = json.loads(entries["net/models/model.json"])
        program["graph_module"]["graph"]["nodes"][1]["target"] = target
        entries["net/models/model.json"] = json.dumps(program).encode()

    return change


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "torch.ops.aten.from_file.default",
        "torch.ops.aten.set_.source_Tensor",
        "torch.ops.profiler._x.default",
        "torch.load",
        "builtins.eval",
        "math.__class__",
        "torch.ops.aten.resize_.default",
        "_operator.attrgetter",
    ],
)
def test_only_operations_that_compute_are_run(exported: Path, target: str) -> None:
    with pytest.raises(InputError, match=r"the program calls .*, which is not run here"):
        explain(str(_rewritten(exported, _calling(target))), _picture())


class _Touch:
    """Leaves a file where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def test_nothing_in_the_archive_is_unpickled(exported: Path, tmp_path: Path) -> None:
    marker = tmp_path / "it ran"
    payload = pickle.dumps(_Touch(marker))

    def change(entries: dict[str, bytes]) -> None:
        for name in [name for name in entries if name.endswith(".pt") or "/weight_" in name]:
            entries[name] = payload
        config = json.loads(entries["net/data/weights/model_weights_config.json"])
        for entry in config["config"].values():
            entry["use_pickle"] = True
        entries["net/data/weights/model_weights_config.json"] = json.dumps(config).encode()

    hostile = _rewritten(exported, change)
    done = subprocess.run(
        [sys.executable, "-m", "fivebyfive", "explain", hostile], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "as a pickle, which is never opened here" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not marker.exists()


def test_a_file_beyond_the_code_is_never_shown(exported: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a password\n")

    def change(entries: dict[str, bytes]) -> None:
        program = json.loads(entries["net/models/model.json"])
        for node in program["graph_module"]["graph"]["nodes"]:
            node["metadata"]["stack_trace"] = f'File "{secret}", line 1, in forward\n    a password'
        entries["net/models/model.json"] = json.dumps(program).encode()

    assert explain(str(_rewritten(exported, change)), _picture()).source_files.keys() == {"other.pt2"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is damaged, or no exported program"),
        (b"PK\x03\x04 and nothing more", "it is damaged, or no exported program"),
        (b"# some text\n" * 20, "it is damaged, or no exported program"),
    ],
)
def test_what_is_no_exported_program_is_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "x.pt2").write_bytes(data)
    with pytest.raises(InputError, match=says) as error:
        explain(str(tmp_path / "x.pt2"), _picture())
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="does not exist"):
        explain(str(tmp_path / "y.pt2"), _picture())


def test_any_damage_is_one_line_or_none(exported: Path) -> None:
    data, random = exported.read_bytes(), np.random.default_rng(0)
    for _ in range(30):
        changed = bytearray(data)
        for place in random.integers(0, len(data), 20):
            changed[place] = random.integers(0, 256)
        exported.with_name("damaged.pt2").write_bytes(changed)
        with suppress(InputError):  # any other error is one too many
            explain(str(exported.with_name("damaged.pt2")), torch.rand(1, 1, 28, 28))


def test_a_claim_of_more_than_the_file_holds_takes_no_memory(exported: Path) -> None:
    def change(entries: dict[str, bytes]) -> None:
        name = "net/data/weights/model_weights_config.json"
        entries[name] = entries[name].replace(b'"sizes": [{"as_int": 10}', b'"sizes": [{"as_int": 99999999999}')

    with pytest.raises(InputError, match="is damaged"):
        explain(str(_rewritten(exported, change)), _picture())


def test_a_weights_file_or_an_older_program_says_what_it_is(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "weights.pt2")
    with pytest.raises(InputError, match="is no exported program; write it with torch.export.save"):
        explain(str(tmp_path / "weights.pt2"), _picture())


def test_the_types_are_those_of_pytorchs_format() -> None:
    schema = pytest.importorskip("torch._export.serde.schema")
    named = {"BYTE": "uint8", "CHAR": "int8", "SHORT": "int16", "INT": "int32", "LONG": "int64", "HALF": "float16",
             "FLOAT": "float32", "DOUBLE": "float64", "COMPLEXHALF": "complex32", "COMPLEXFLOAT": "complex64",
             "COMPLEXDOUBLE": "complex128", "BOOL": "bool", "BFLOAT16": "bfloat16"}  # fmt: skip
    for sort in schema.ScalarType:
        wanted = named.get(sort.name, sort.name.lower())
        if sort.value in archive.DTYPES:
            assert archive.DTYPES[sort.value] == getattr(torch, wanted, archive.DTYPES[sort.value])


def test_it_is_explained_and_written_as_a_page(exported: Path, tmp_path: Path) -> None:
    trace = explain(str(exported), _picture())
    trace.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 100_000
