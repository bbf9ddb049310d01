"""The documentation's page on TensorFlow 1 does what it says."""

from pathlib import Path

import pytest

from page_data import given
from page_runs import run_page
from support import Call

PAGE = "docs/tutorials/a-tensorflow-1-program.md"


@pytest.mark.slow
def test_the_page_on_a_tensorflow_1_program_runs(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert run_page(PAGE, call, given(PAGE, tmp_path)) > 0
