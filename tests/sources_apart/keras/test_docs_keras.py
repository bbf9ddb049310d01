"""The documentation's page on Keras does what it says."""

import os

import pytest

from page_runs import run_page
from support import Call

PAGE = "docs/tutorials/a-keras-model.md"


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("KERAS_BACKEND") != "torch", reason="the page trains, which wants Keras on PyTorch")
def test_the_page_on_a_keras_model_runs(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert run_page(PAGE, call, {}) > 0
