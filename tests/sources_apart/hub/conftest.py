"""Networks of timm and transformers, in a folder of their own, without anybody's cache."""

from pathlib import Path

import pytest

from fivebyfive.networks import hub

hub.imported("transformers")  # before the tests import it: it makes what torchvision lacks known


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
