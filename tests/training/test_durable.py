"""What is on the disk, and in which order: a checkpoint is never there before what it relies on.

The system's calls are recorded; no power is cut.
"""

import os
from pathlib import Path

import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.files import make_folder, write_json
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.run import train
from support import StopAt

Event = tuple[str, Path]


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every fsync, by the file's name at that moment, and every move, by the name it gives, in their order."""
    recorded: list[Event] = []
    fsync, replace = os.fsync, os.replace

    def recording_fsync(handle: int) -> None:
        recorded.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    def recording_replace(path: Path, target: Path) -> None:
        recorded.append(("move", Path(target)))
        replace(path, target)

    monkeypatch.setattr(os, "fsync", recording_fsync)
    monkeypatch.setattr(os, "replace", recording_replace)
    return recorded


def test_a_file_is_on_the_disk_before_its_name_and_the_name_before_anything_else(
    tmp_path: Path, events: list[Event]
) -> None:
    write_json(tmp_path / "a.json", {})
    (first, temporary), *rest = events
    assert (first, temporary.parent) == ("fsync", tmp_path)
    assert temporary.name.startswith(".a.json.")
    assert rest == [("move", tmp_path / "a.json"), ("fsync", tmp_path)]


def test_each_new_folder_is_on_the_disk_in_the_one_it_lies_in(tmp_path: Path, events: list[Event]) -> None:
    make_folder(tmp_path / "a" / "b")
    assert events == [("fsync", tmp_path), ("fsync", tmp_path / "a")]
    make_folder(tmp_path / "a" / "b")
    assert len(events) == 2


def test_a_run_is_on_the_disk_before_it_begins(
    tmp_path: Path, few: Dataset, nine_steps: Recipe, events: list[Event]
) -> None:
    place = tmp_path / "runs" / "one"
    train("perceptron", few, nine_steps, out=place, reporter=StopAt(2))
    made = [("fsync", tmp_path), ("fsync", tmp_path / "runs")]
    begun = [("move", place / "run.json"), ("fsync", place)]
    assert [e for e in events if e in made][:2] == made
    assert events.index(made[-1]) < events.index(begun[0])
    assert events[events.index(begun[0]) + 1] == begun[1]


def test_metrics_are_on_the_disk_before_every_checkpoint_and_before_the_end(
    tmp_path: Path, few: Dataset, nine_steps: Recipe, events: list[Event]
) -> None:
    place = tmp_path / "run"
    train("perceptron", few, nine_steps, out=place, checkpoint_seconds=0)
    state, metrics = place / "checkpoint" / "state.safetensors", ("fsync", place / "metrics.jsonl")
    moves = [n for n, event in enumerate(events) if event == ("move", state)]
    assert len(moves) == 9
    for before, at in zip([0, *moves], moves, strict=False):
        assert metrics in events[before:at]
    assert events.index(("fsync", place)) < moves[0]  # the checkpoint's folder has its name on the disk
    ends = max(n for n, event in enumerate(events) if event == ("move", place / "run.json"))
    assert metrics in events[moves[-1] : ends]
    assert ("move", place / "model.safetensors") in events[moves[-1] : ends]
