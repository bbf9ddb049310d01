"""A trace is written to a file and read again; nothing in such a file runs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import fivebyfive
from architectures import ARCHITECTURES
from fivebyfive import Trace
from fivebyfive.errors import InputError
from fivebyfive.views.page import html
from sums import expect_true, five_places


@pytest.mark.parametrize("name", ["residual", "inception", "mixed", "u-shaped", "convnext"])
def test_what_is_read_is_what_was_written(name: str, tmp_path: Path) -> None:
    made = ARCHITECTURES[name]
    trace = fivebyfive.explain(made.network(), made.image())
    trace.save(tmp_path / "a.trace")
    again = Trace.load(tmp_path / "a.trace")
    assert again.description() == trace.description()
    assert again.source_files == trace.source_files
    assert again.user_lines == trace.user_lines
    for before, after in zip(trace.steps, again.steps, strict=True):
        assert torch.equal(before.output, after.output)
        assert before.words() == after.words()
        expect_true(after, five_places(after), known=True)
    assert again.validate()
    assert html(again) == html(trace)


class Slices(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x[:, :, ::2, 1:], x[..., ::2, :-1]], dim=1).to(torch.float64).mT.mean()


def test_slices_types_and_attributes_are_kept(tmp_path: Path) -> None:
    trace = fivebyfive.explain(Slices(), torch.rand(1, 2, 6, 5))
    trace.save(tmp_path / "a.trace")
    again = Trace.load(tmp_path / "a.trace")
    for step in again.steps:
        expect_true(step, five_places(step), known=True)


def test_a_digits_picture_and_its_stages_come_along(tmp_path: Path) -> None:
    drawn = np.full((60, 60), 255, np.uint8)
    drawn[10:50, 28:33] = 0
    trace = fivebyfive.explain(fivebyfive.load("conv_net"), drawn)
    trace.save(tmp_path / "a.trace")
    again = Trace.load(tmp_path / "a.trace")
    assert again.photo is not None
    assert trace.photo is not None
    assert again.photo.boxes == trace.photo.boxes
    assert [name for name, _ in again.stages] == [name for name, _ in trace.stages]
    assert html(again) == html(trace)


def _about(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors = load_file(path)
    return tensors, json.loads(bytes(tensors["about"].numpy()))


def _put(path: Path, tensors: dict[str, Tensor], about: Any) -> None:
    data = bytearray(json.dumps(about).encode())
    save_file({**tensors, "about": torch.frombuffer(data, dtype=torch.uint8)}, path)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "a.trace"
    fivebyfive.explain(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten()), torch.rand(1, 6, 6)).save(path)
    return path


def test_a_function_that_is_no_operation_is_never_taken(written: Path) -> None:
    tensors, about = _about(written)
    for named in (["torch", "load"], ["torch", "save"], ["torch.Tensor", "to_file"], ["attribute", "__class__"]):
        about["steps"][1]["function"] = named
        _put(written, tensors, about)
        assert Trace.load(written).steps[1].call.function is None


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about.pop("steps"),
        lambda about: about.update(format="another"),
        lambda about: about["steps"][1].update(origins=[7]),
        lambda about: about["steps"][1].update(output={"tensor": "nowhere"}),
        lambda about: about["steps"][1].update(output=None),
        lambda about: about["steps"][1].update(name=5),
        lambda about: about["steps"].reverse(),
        lambda about: about["steps"][0].update(function=["os", "system"]),
    ],
    ids=["no steps", "format", "origin", "tensor", "no output", "name", "order", "place"],
)
def test_a_damaged_file_is_refused_in_a_sentence(written: Path, change: Any) -> None:
    tensors, about = _about(written)
    change(about)
    _put(written, tensors, about)
    with pytest.raises(InputError, match="no trace that can be read"):
        Trace.load(written)


def test_what_is_no_trace_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.trace").write_bytes(b"not a trace")
    with pytest.raises(InputError, match="no trace that can be read"):
        Trace.load(tmp_path / "a.trace")
    with pytest.raises(InputError, match="there is no file"):
        Trace.load(tmp_path / "missing.trace")
