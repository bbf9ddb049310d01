"""Every block of code in README.md and docs/ does what its page says."""

from pathlib import Path

import pytest

from made_up import kinds_of
from page_blocks import RUN, blocks, pages
from page_data import GENERATED, LONG, OF_FRAMEWORKS, given
from page_runs import run_page
from support import Call

ADDS_A_KIND = "docs/extend/a-kind.md"
WITH_CODE = [
    page
    for page in pages()
    if page not in GENERATED
    and page not in OF_FRAMEWORKS
    and page != ADDS_A_KIND
    and any(block.language in RUN and block.not_run is None for block in blocks(page))
]


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.exhaustive] if page in LONG else []) for page in WITH_CODE]
)
def test_a_pages_code_runs_in_its_order(page: str, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert run_page(page, call, given(page, tmp_path)) > 0


def test_the_page_on_a_kind_adds_one(tmp_path: Path, call: Call) -> None:
    with kinds_of(tmp_path / "kinds"):
        assert run_page(ADDS_A_KIND, call, given(ADDS_A_KIND, tmp_path)) > 0


@pytest.mark.exhaustive
@pytest.mark.parametrize("page", WITH_CODE)
def test_the_installed_command_does_the_same(
    page: str, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert run_page(page, call, given(page, tmp_path), in_shell=True) > 0
