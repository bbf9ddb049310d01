"""timm's architectures by name, prepared as their authors did."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch

from backs import expect_back
from fivebyfive import explain, load
from fivebyfive.errors import InputError
from fivebyfive.networks import create, hub
from fivebyfive.networks.spec import parse
from support import Call, expect_sentence

NAME = "timm:resnet10t"


def _picture() -> Any:
    return np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)


def test_it_is_explained_at_its_own_size_behind_its_own_normalization() -> None:
    trace = explain(NAME, _picture())
    about = timm.get_pretrained_cfg("resnet10t")
    assert trace.image is not None
    assert trace.image.shape == (*about.input_size[1:], 3)
    assert [step.name for step in trace.steps[:4]] == ["input", "x.sub", "x.div", "network.conv1.0"]
    pixels = torch.from_numpy(trace.image).permute(2, 0, 1)[None] / 255
    mean, deviation = (torch.tensor(v).reshape(1, 3, 1, 1) for v in (about.mean, about.std))
    assert torch.allclose(trace.steps[2].output, (pixels - mean) / deviation)
    assert any("never trained: its weights are random" in note for note in trace.warnings)


def test_every_gradient_has_its_sum() -> None:
    assert expect_back(explain(NAME, _picture(), label=3), places=2) > 50


def test_weights_of_a_file_go_into_the_architecture(folder: Path) -> None:
    torch.manual_seed(3)
    trained = timm.create_model("resnet10t")
    torch.save({"state_dict": trained.state_dict(), "epoch": 3}, folder / "w.pth")
    trace = explain_with(folder / "w.pth")
    pixels = trace.steps[2].output
    with torch.no_grad():
        assert torch.allclose(trace.steps[-1].output, trained.eval()(pixels), atol=1e-5)


def explain_with(weights: Path) -> Any:
    from fivebyfive.explain import sources

    return explain(sources.named(NAME, weights), _picture())


def test_sizes_channels_and_classes_are_passed_on() -> None:
    network = create(parse("timm:vit_tiny_patch16_224"), None, height=64, width=48, channels=1, classes=7)
    assert isinstance(network, hub.Normalized)
    assert network.eval()(torch.rand(2, 1, 64, 48)).shape == (2, 7)
    assert network.mean.shape == (1, 1, 1, 1)


def test_an_unknown_name_is_asked_after() -> None:
    with pytest.raises(InputError, match=r"timm has no network 'resnet81' \(did you mean"):
        load("timm:resnet81")


def test_it_is_trained_and_used_like_any_other(call: Call, folder: Path, idx_folder: Path) -> None:
    printed = call("train", "timm:test_resnet", "--data", idx_folder, "--samples", "400", "--out", "run")
    assert "test_resnet" in (folder / "run" / "run.json").read_text()
    del printed
    assert "accuracy" in call("evaluate", "run", "--data", idx_folder)[1].lower()
    assert "network.conv1" in call("explain", "--model", "run", "--json", "-")[1]


def test_a_name_that_is_none_is_one_sentence(call: Call) -> None:
    assert "timm has no network" in expect_sentence(call("explain", "timm:none_at_all"))
