"""A file of weights is compared with its network before either takes memory; what is damaged is told in a line."""

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from fivebyfive import model, weights
from fivebyfive.errors import InputError
from fivebyfive.model import Model
from fivebyfive.networks import NETWORKS, build
from fivebyfive.networks.spec import parse
from warm import Warm

CLASSES = [str(n) for n in range(10)]


def write(path: Path, tensors: dict[str, torch.Tensor], **facts: Any) -> Path:
    save_file(tensors, path, {"fivebyfive": json.dumps({"classes": CLASSES, "shape": [28, 28, 1], **facts})})
    return path


def write_header(path: Path, header: object, length: int | None = None) -> Path:
    data = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(data) if length is None else length) + data)
    return path


@given(
    name=st.sampled_from(list(NETWORKS)),
    height=st.integers(1, 4096),
    width=st.integers(1, 4096),
    channels=st.integers(1, 64),
    classes=st.integers(2, 10_000),
)
@settings(deadline=None)
def test_a_network_of_any_size_is_planned_without_being_made(
    tmp_path_factory: pytest.TempPathFactory, name: str, height: int, width: int, channels: int, classes: int
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "small.safetensors", {"w": torch.zeros(1)})
    with weights.opened(path) as small, pytest.raises(InputError, match="do not fit network"):
        small.expect_fit_of(parse(name), height=height, width=width, channels=channels, classes=classes)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_planned_is_what_is_made(tmp_path: Path, name: str) -> None:
    path = tmp_path / "m.safetensors"
    model.save(path, Model(build(name), name, tuple(CLASSES), (28, 28, 1)))
    with weights.opened(path) as whole:
        whole.expect_fit_of(parse(name), height=28, width=28, channels=1, classes=10)
    loaded = model.load(path).network.state_dict()
    assert all(value.device.type == "cpu" for value in loaded.values())


SMALL = {"w": torch.zeros(8)}
BOMBS: dict[str, Callable[[Path], Path]] = {
    "ensembles of ensembles": lambda p: write(p, SMALL, network="quick*9*9*9*9*9"),
    "many copies": lambda p: write(p, SMALL, network="conv_net*99"),
    "large pictures": lambda p: write(p, SMALL, network="perceptron", shape=[2000, 2000, 1]),
    "endless pictures": lambda p: write(p, SMALL, network="perceptron", shape=[4096, 4096, 4096]),
    "many classes": lambda p: write(p, SMALL, network="conv_net", classes=[str(n) for n in range(9999)]),
    "endless classes": lambda p: write(p, SMALL, network="conv_net", classes=[str(n) for n in range(200_000)]),
    "nested facts": lambda p: write_header(p, {"__metadata__": {"fivebyfive": "[" * 1_000_000}}),
    "a tensor that is not there": lambda p: write_header(
        p, {"w": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}
    ),
    "a header that is not there": lambda p: write_header(p, {}, length=1 << 40),
}
MOST = 64 << 10
"""Kilobytes of memory that a file of less than 3 MB may cost, besides what every call takes."""


def peak(warm: Warm, path: Path) -> tuple[int, int, str]:
    """Of ``5x5 evaluate``: the most memory that it had at a time, in kilobytes; its exit code; what it said."""
    done = warm(["evaluate", str(path)], path.parent, os.environ)
    return warm.memory, done.returncode, done.stderr


@pytest.fixture(scope="module")
def usual(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> int:
    """What a call takes that has nothing to load."""
    memory, _, _ = peak(warm, tmp_path_factory.mktemp("nothing") / "nothing.safetensors")
    return memory


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_costs_little_memory(warm: Warm, tmp_path: Path, usual: int, bomb: str) -> None:
    path = BOMBS[bomb](tmp_path / "m.safetensors")
    assert path.stat().st_size < 3 << 20
    memory, code, said = peak(warm, path)
    assert memory < usual + MOST
    assert code == 2
    assert said.startswith("error: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda p: p.write_bytes(b""),
        lambda p: p.write_bytes(b"\x08"),
        lambda p: write_header(p, {}, length=1 << 63),
        lambda p: write_header(p, {}, length=1000),
        lambda p: write_header(p, [1, 2]),
        lambda p: write_header(p, {"w": {"dtype": "F32", "shape": [1 << 62], "data_offsets": [0, 1 << 62]}}),
        lambda p: write_header(p, {"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}),
        lambda p: write_header(p, {"w": {"dtype": "X1", "shape": [0], "data_offsets": [0, 0]}}),
        lambda p: write_header(p, {"__metadata__": {"fivebyfive": 7}}),
        os.mkfifo,
    ],
)
def test_what_is_no_safetensors_is_told(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "m.safetensors")
    with (
        pytest.raises(InputError, match=r"m\.safetensors (cannot be read|is empty|is a text)") as error,
        weights.opened(tmp_path / "m.safetensors"),
    ):
        pass
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("dtype", "says"), [(torch.int64, "whole"), (torch.complex64, "complex"), (torch.bool, "whole")]
)
def test_numbers_of_another_kind_are_told(tmp_path: Path, dtype: torch.dtype, says: str) -> None:
    tensors = {name: value.to(dtype) for name, value in build("perceptron").state_dict().items()}
    path = write(tmp_path / "m.safetensors", tensors, network="perceptron")
    with pytest.raises(InputError, match=f"holds {says} numbers in the file, not float ones"):
        model.load(path)


def test_a_name_in_the_file_that_hides_something_is_shown_as_it_is(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.safetensors",
        dict(build("perceptron").state_dict()) | {"\x1b]0;x\x07": torch.zeros(1)},
        network="perceptron",
    )
    with pytest.raises(InputError, match=r"has \\x1b\]0;x") as error:
        model.load(path)
    assert str(error.value).isprintable()
