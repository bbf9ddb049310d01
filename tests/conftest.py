"""What several tests share: two threads at most, a small data set in IDX files, and the command line as a process."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from fivebyfive import cli
from fivebyfive.datasets import Dataset, mnist
from support import Call, Command, write_idx
from warm import Warm

settings.register_profile("usual", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.load_profile("usual")  # once a week: --hypothesis-profile thorough

for colours in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS"):
    os.environ.pop(colours, None)  # what a developer's terminal or a server wishes is not what a test asks


SLOW = {
    "test_account", "test_against", "test_arithmetic", "test_as_in_training", "test_back_of_operations",
    "test_back_of_people", "test_back_words", "test_bombs", "test_browser", "test_cases", "test_charts",
    "test_choosing", "test_computer", "test_covering", "test_crafted_runs", "test_data", "test_diagram",
    "test_distributed", "test_document", "test_ending", "test_evaluate", "test_explain", "test_export",
    "test_exporting", "test_fields", "test_film_page", "test_filming", "test_finding", "test_firefox", "test_forms",
    "test_functions", "test_fuzz", "test_guarded", "test_hostile", "test_kinds", "test_lattice", "test_launcher",
    "test_live", "test_lock", "test_multi_head", "test_networks", "test_notebook", "test_numbers", "test_odd_numbers",
    "test_onnx_zoo", "test_package", "test_pad", "test_page", "test_pages", "test_pages_run", "test_people",
    "test_peoples_accounts", "test_portable", "test_post_figures", "test_predict_options", "test_processes",
    "test_receptive_field", "test_recipes", "test_recurrent_kind", "test_rounded", "test_run", "test_saved",
    "test_shared_commands", "test_site", "test_smaller", "test_together", "test_tour", "test_train",
    "test_true_causes", "test_turning", "test_watch", "test_way_back", "test_weights", "test_why_command",
    "test_why_live", "test_why_page", "test_worker", "test_workers", "test_working", "test_written_data",
}  # fmt: skip
"""Files whose tests train, or compute for long: `./5x5 test --quick` leaves them out."""
STARTS = {"five_by_five", "in_process", "call", "browser", "chromium", "server"}
"""Fixtures that run a whole command, or start a process: `--quick` leaves out what asks for them too."""
USES = {"subprocess", "served", "watched", "browsing", "train", "resume", "StopAt"}
"""Names in a test's file that say the same: of what trains, and what starts."""


def _is_slow(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return bool(item.path.stem in SLOW or STARTS & set(item.fixturenames) or USES & vars(item.module).keys())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and have it run first."""
    for item in items:
        if _is_slow(item):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Decoded pictures of tests are not kept among the developer's."""
    os.environ["FIVEBYFIVE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """All of MNIST."""
    return mnist.load()


@pytest.fixture
def idx_folder(tmp_path: Path, digits: Dataset) -> Path:
    """A folder of IDX files of one's own: 600 of MNIST's images to train on, 120 to test."""
    folder = tmp_path / "own"
    folder.mkdir()
    write_idx(folder / "train-images-idx3-ubyte", digits.train.pixels[:600, ..., 0])
    write_idx(folder / "train-labels-idx1-ubyte.gz", digits.train.labels[:600].astype(np.uint8))
    write_idx(folder / "t10k-images-idx3-ubyte.gz", digits.test.pixels[:120, ..., 0])
    write_idx(folder / "t10k-labels-idx1-ubyte", digits.test.labels[:120].astype(np.uint8))
    return folder


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """A process that every command is forked from."""
    process = Warm(tmp_path_factory.mktemp("warm"))
    yield process
    process.close()


@pytest.fixture
def five_by_five(tmp_path: Path, warm: Warm) -> Command:
    """The command 5x5 as a process of its own, in a folder of its own."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "120"}
        return warm([str(argument) for argument in arguments], tmp_path, environment)

    return run


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command in this process: exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["5x5", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int | None)
        return end.value.code or 0, printed.out, printed.err

    return run


@pytest.fixture
def in_process(call: Call, monkeypatch: pytest.MonkeyPatch) -> Command:
    """As `five_by_five`, and in this process: where it is what is written that is asked, and not how a process ends."""

    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, *call(*arguments))

    return run
