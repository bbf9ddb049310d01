"""The file of networks that use every kind of statement."""

from pathlib import Path

import pytest

from .nets import WRITTEN


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("written") / "nets.py"
    file.write_text(WRITTEN)
    return file
