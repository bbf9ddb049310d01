"""A training that begins with another's weights: which are taken, what begins anew, and what is said of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from fivebyfive import load
from fivebyfive.datasets import Dataset, Images
from fivebyfive.errors import InputError
from fivebyfive.networks import build
from fivebyfive.state import tensors_of
from fivebyfive.training import starting
from fivebyfive.training.recipe import get
from fivebyfive.training.reporter import Reporter
from fivebyfive.training.run import resume, train
from support import StopAt, weights

SIZES = {"height": 32, "width": 40, "channels": 3}
HEAD = {"output.weight", "output.bias"}


class Listening(Reporter):
    """Keeps what is said before the first step."""

    found: tuple[str, ...] = ()

    def started(self, plan: Any, place: Path, first: int, network: nn.Module, found: tuple[str, ...]) -> None:
        self.found = found


@pytest.fixture(scope="module")
def coloured() -> Dataset:
    labels = np.arange(24) % 3
    pixels = np.random.default_rng(0).integers(0, 130, (24, 32, 40, 3), np.uint8)
    pixels[np.arange(24), :, :, labels] += 100
    images = Images(pixels, labels.astype(np.int64))
    return Dataset("made", images, images[:6], images[:6], ("red", "green", "blue"), "0" * 64)


def other(classes: int = 7) -> dict[str, Tensor]:
    torch.manual_seed(9)
    return tensors_of(build("photo_net", **SIZES, classes=classes))


def begun(path: Path, classes: int = 3, head: Any = HEAD) -> tuple[nn.Module, starting.Begun]:
    torch.manual_seed(1)
    network = build("photo_net", **SIZES, classes=classes)
    names = tuple(f"class {n}" for n in range(classes))
    return network, starting.begin(network, path, head, names, "photo_net")


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_the_body_is_taken_and_the_head_begins_anew(tmp_path: Path, name: str) -> None:
    state = other()
    if name.endswith(".pth"):
        torch.save({"model": {f"module.{n}": v for n, v in state.items()}, "epoch": 3}, tmp_path / name)
    else:
        save_file(state, tmp_path / name)
    fresh = build("photo_net", **SIZES, classes=3).state_dict()["output.weight"].shape
    network, said = begun(tmp_path / name)
    own = network.state_dict()
    assert all(torch.equal(own[n], v) for n, v in state.items() if n not in HEAD and "num_batches" not in n)
    assert own["output.weight"].shape == fresh
    assert "output begins anew, in place of " in said.in_words()
    assert str(tmp_path / name) in said.in_words()


def test_a_head_that_fits_is_taken_too(tmp_path: Path) -> None:
    state = other(3)
    torch.save(state, tmp_path / "w.pth")
    network, said = begun(tmp_path / "w.pth")
    assert torch.equal(network.state_dict()["output.weight"], state["output.weight"])
    assert said.fresh == said.left == ()


def test_names_of_another_program_are_matched_by_their_order(tmp_path: Path) -> None:
    state = other()
    renamed = {f"_layer{n}.{name.rpartition('.')[2]}": value for n, (name, value) in enumerate(state.items())}
    torch.save(renamed, tmp_path / "w.pth")
    network, said = begun(tmp_path / "w.pth")
    assert said.by_order
    assert "another program's" in said.in_words()
    assert torch.equal(network.state_dict()["things.1.first.0.weight"], state["things.1.first.0.weight"])
    save_file(renamed, tmp_path / "w.safetensors")  # it keeps no order
    with pytest.raises(InputError, match="the file lacks edges"):
        begun(tmp_path / "w.safetensors")
    first, second, *rest = renamed.items()
    torch.save(dict([second, first, *rest]), tmp_path / "turned.pth")
    with pytest.raises(InputError, match="the file lacks edges"):
        begun(tmp_path / "turned.pth")


def test_filters_for_colours_are_added_up_for_grey_pictures(tmp_path: Path) -> None:
    torch.save(other(), tmp_path / "w.pth")
    grey = build("photo_net", height=32, width=40, channels=1, classes=3).eval()
    said = starting.begin(grey, tmp_path / "w.pth", HEAD, "abc", "photo_net")
    coloured, _ = begun(tmp_path / "w.pth")
    coloured.load_state_dict({n: v for n, v in grey.state_dict().items() if n in HEAD}, strict=False)
    picture = torch.rand(1, 1, 32, 40)
    assert torch.allclose(grey(picture), coloured.eval()(picture.expand(-1, 3, -1, -1)), atol=1e-4)
    assert "added up for grey" in said.in_words()


def test_weights_of_another_network_are_refused_and_change_nothing(tmp_path: Path) -> None:
    torch.save(build("deep", **SIZES).state_dict(), tmp_path / "deep.pth")
    network = build("photo_net", **SIZES, classes=3)
    before = {n: v.clone() for n, v in network.state_dict().items()}
    with pytest.raises(InputError, match=r"deep\.pth are not of photo_net: the file lacks edges.* of its 50 tensors"):
        starting.begin(network, tmp_path / "deep.pth", HEAD, "abc", "photo_net")
    state = other()
    state["parts.0.0.weight"] = state["parts.0.0.weight"][:, :5].clone()
    torch.save(state, tmp_path / "cut.pth")
    with pytest.raises(InputError, match=r"parts.0.0.weight is \[128, 5, 3, 3\] in the file but \[128, 64, 3, 3\]"):
        starting.begin(network, tmp_path / "cut.pth", HEAD, "abc", "photo_net")
    assert all(torch.equal(v, before[n]) for n, v in network.state_dict().items())


def test_a_run_from_another_runs_weights_is_finetuned_and_needs_them_no_more(tmp_path: Path, coloured: Dataset) -> None:
    torch.save(other(), tmp_path / "w.pth")
    listening = Listening()
    values: dict[str, Any] = {"init": tmp_path / "w.pth", "epochs": 4, "batch_size": 12, "film": 0}
    whole = train("photo_net", coloured, out=tmp_path / "whole", reporter=listening, **values)
    assert whole.plan.recipe.name == "finetune"
    assert any("output begins anew" in line for line in listening.found)
    assert any("the last layer, output, learns alone for the first 2 of 8 steps" in line for line in listening.found)
    train("photo_net", coloured, out=tmp_path / "cut", reporter=StopAt(1), checkpoint_seconds=1e9, **values)
    (tmp_path / "w.pth").unlink()
    resume(tmp_path / "cut", data=coloured)
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    again = starting.begin(build("photo_net", **SIZES, classes=3), tmp_path / "whole", HEAD, coloured.classes, "")
    assert (again.fresh, again.left) == ((), ())
    others = starting.begin(build("photo_net", **SIZES, classes=3), tmp_path / "whole", HEAD, "abc", "")
    assert others.fresh == ("output.weight", "output.bias")


def test_a_network_that_told_other_classes_apart_gets_another_last_layer(tmp_path: Path, coloured: Dataset) -> None:
    code = tmp_path / "mine.py"
    code.write_text(
        "from torch import nn\n"
        "def made():\n"
        "    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), "
        "nn.Linear(5, 1000))\n"
    )
    listening = Listening()
    run = train(f"{code}:made", coloured, "finetune", out=tmp_path / "run", reporter=listening, epochs=2, film=0)
    assert any("its last layer, 4, is replaced by one that tells 3 classes apart" in line for line in listening.found)
    assert run.evaluation is not None
    model = load(tmp_path / "run")
    assert model.classes == coloured.classes
    pictures = torch.from_numpy(coloured.test.pixels)
    assert torch.allclose(model.probabilities(pictures), run.model.probabilities(pictures), atol=1e-6)
    with pytest.raises(InputError, match="1000"):
        train(f"{code}:made", coloured, get("good", samples=50, batch_size=10), out=tmp_path / "other")


def test_a_model_that_names_a_layer_that_is_not_there_is_refused(tmp_path: Path, coloured: Dataset) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(32 * 40 * 3, 20))
    run = train(network, coloured, "finetune", out=tmp_path / "run", epochs=1, batch_size=12, film=0)
    with pytest.raises(InputError, match="layer '1' was replaced"):
        load(run.folder, nn.Sequential(nn.Flatten(), nn.ReLU()))


def test_a_device_that_is_not_here_is_named(tmp_path: Path, coloured: Dataset) -> None:
    with pytest.raises(InputError, match=r"device 'cuda:99' cannot be used here .*; this machine has cpu"):
        train("photo_net", coloured, out=tmp_path / "run", device="cuda:99")
    with pytest.raises(InputError, match="device 'teapot'"):
        train("photo_net", coloured, out=tmp_path / "run", device="teapot")
    assert not (tmp_path / "run").exists()


def test_an_ensemble_does_not_begin_with_the_weights_of_one_network(tmp_path: Path, coloured: Dataset) -> None:
    torch.save(other(), tmp_path / "w.pth")
    with pytest.raises(InputError, match="is an ensemble, whose networks begin apart"):
        train("photo_net", coloured, init=tmp_path / "w.pth", ensemble=2, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
