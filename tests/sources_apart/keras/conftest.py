"""Keras runs on what KERAS_BACKEND says, one backend a process: whoever runs these tests runs them once for each."""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from support import noise

PEOPLE = Path(__file__).parents[2] / "people" / "keras"
BACKEND = os.environ.setdefault("KERAS_BACKEND", "torch")


@pytest.fixture(scope="session")
def picture() -> npt.NDArray[np.uint8]:
    return noise((28, 28, 1), edge=1)[..., 0]
