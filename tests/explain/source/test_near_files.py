"""A network without a class of its own may be written in several files that are loaded; the nearest is meant."""

import importlib
from pathlib import Path

import pytest
import torch
from torch import nn

from fivebyfive.explain import explain


def test_another_loaded_file_that_writes_the_same_out_is_further_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere_written.py").write_text(
        "from torch import nn\n\nnet = nn.Sequential(nn.Conv2d(1, 1, 3), nn.Tanh(), nn.Conv2d(1, 1, 3), nn.Tanh())\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("elsewhere_written")
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [nn.Conv2d(1, 1, 3), nn.Tanh()]  # of a loop here
    assert _line_of_third(nn.Sequential(*layers)).endswith("# of a loop here")


def _line_of_third(network: nn.Module) -> str:
    source = explain(network, torch.rand(1, 9, 9))["2"].source
    assert source is not None
    return source.code
