"""Programs as people wrote them, each run in a folder of its own."""

from pathlib import Path

import pytest

PEOPLE = Path(__file__).parent.parent.parent / "people" / "tensorflow"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all the programs, which is the current one."""
    for file in PEOPLE.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path
