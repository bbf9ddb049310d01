"""What tests of runs share: few images, and a recipe of nine steps."""

import shutil
from pathlib import Path

import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.training.recipe import Recipe, get
from fivebyfive.training.run import train
from support import StopAt


@pytest.fixture(scope="session")
def few(digits: Dataset) -> Dataset:
    return Dataset("mnist", digits.train[:200], digits.validation[:20], digits.test[:50], digits.classes, digits.sha256)


@pytest.fixture(scope="session")
def nine_steps() -> Recipe:
    return get("classic", samples=100, batch_size=10, display_step=1)


@pytest.fixture(scope="session")
def _stopped(tmp_path_factory: pytest.TempPathFactory, few: Dataset, nine_steps: Recipe) -> Path:
    return train(
        "perceptron", few, nine_steps, out=tmp_path_factory.mktemp("stopped") / "run", reporter=StopAt(4)
    ).folder


@pytest.fixture
def stopped(tmp_path: Path, _stopped: Path) -> Path:
    """A run after four of its nine steps."""
    return Path(shutil.copytree(_stopped, tmp_path / "run"))
