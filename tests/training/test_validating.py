"""Looks at the validation images: they change nothing, the best state is kept, and no kill loses it."""

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.evaluation import evaluate_network
from fivebyfive.model import load
from fivebyfive.progress import Look, Progress
from fivebyfive.training import best, folder
from fivebyfive.training.recipe import Recipe, get
from fivebyfive.training.run import resume, train
from fivebyfive.training.validating import moments
from support import StopAt, weights

AVERAGED = {"averaging": 0.9, "shift": 1.0}


def recipe(**values: float | str) -> Recipe:
    return get("classic", **{"samples": 410, "batch_size": 10, "display_step": 10, **values})  # 40 steps


def wandering(**values: float | str) -> Recipe:
    """It gets worse and better: its rate is far too high."""
    return recipe(learning_rate=0.05, validations=10, **values)


@given(st.integers(2, 3000), st.integers(1, 200), st.integers(1, 40))
def test_looks_are_as_many_as_asked_for_and_the_last_step_is_one(samples: int, looks: int, size: int) -> None:
    if samples > size:
        values = get("classic", samples=samples, batch_size=size, validations=looks)
        chosen = sorted(moments(values))
        assert len(chosen) == min(looks, values.steps())
        assert chosen[-1] == values.steps()
        assert chosen[0] >= 1


@pytest.mark.parametrize("more", [{}, AVERAGED])
def test_to_look_changes_no_weight(tmp_path: Path, few: Dataset, more: dict[str, float]) -> None:
    train("quick", few, recipe(**more), out=tmp_path / "blind", film=0)
    run = train("quick", few, recipe(**more, validations=7), out=tmp_path / "looks", film=0)
    parts = [load(str(tmp_path / name)).network.state_dict() for name in ("blind", "looks")]
    assert all(torch.equal(parts[0][name], parts[1][name]) for name in parts[0])
    assert len(folder.looks(run.folder)) == 7
    assert run.look is not None
    assert run.look.step == 40


def test_each_look_is_logged_told_and_drawn(tmp_path: Path, few: Dataset) -> None:
    told: list[Progress | Look] = []
    run = train("perceptron", few, recipe(validations=4), out=tmp_path / "run", callback=told.append)
    lines = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "validation_accuracy" in line] == [10, 20, 30, 40]
    assert [said.step for said in told if isinstance(said, Look)] == [10, 20, 30, 40]
    assert [said.step for said in told if isinstance(said, Progress)] == [10, 20, 30, 40]
    last = evaluate_network(run.model.network, few.validation, few.classes)
    assert run.look is not None
    assert [run.look.validation_accuracy, run.look.validation_loss] == pytest.approx([last.accuracy, last.loss])
    assert run.as_json()["validation_accuracy"] == last.accuracy


def _best(run_folder: Path) -> Look:
    return max(folder.looks(run_folder), key=lambda look: look.merit)


@pytest.mark.parametrize("more", [{}, AVERAGED])
def test_the_best_state_becomes_the_model(tmp_path: Path, few: Dataset, more: dict[str, float]) -> None:
    run = train("perceptron", few, wandering(keep="best", **more), out=tmp_path / "run", film=0)
    look = _best(run.folder)
    assert run.look == look
    kept = evaluate_network(load(str(run.folder)).network, few.validation, few.classes)
    assert kept.accuracy == look.validation_accuracy
    assert kept.loss == pytest.approx(look.validation_loss, rel=1e-5)
    assert not (run.folder / "checkpoint").exists()


@pytest.mark.parametrize("step", [7, 20, 33])
@pytest.mark.parametrize("every", [0.0, 1e9])
def test_gone_on_with_the_same_state_is_the_best(tmp_path: Path, few: Dataset, step: int, every: float) -> None:
    plan = wandering(keep="best", **AVERAGED)
    whole = train("perceptron", few, plan, out=tmp_path / "whole", film=0)
    train("perceptron", few, plan, out=tmp_path / "cut", film=0, reporter=StopAt(step), checkpoint_seconds=every)
    again = resume(tmp_path / "cut", data=few)
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    assert (again.look and again.look.step) == (whole.look and whole.look.step)
    assert _without_seconds(tmp_path / "cut") == _without_seconds(tmp_path / "whole")


def _without_seconds(place: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (place / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


def _killed(work: Callable[[], object]) -> int:
    """Do `work` in a process of its own; what ended that."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_killed_between_a_better_state_and_its_checkpoint_it_ends_the_same(tmp_path: Path, few: Dataset) -> None:
    """Killed at the first, the third and the sixth look, each time right after the best state was written, or not."""
    plan = wandering(keep="best", patience=6)
    whole = train("perceptron", few, plan, out=tmp_path / "whole", film=0)
    cut = tmp_path / "cut"

    def killing(look: int) -> Callable[[Progress | Look], None]:
        def kill(said: Progress | Look) -> None:
            if isinstance(said, Look) and said.step == 4 * look:
                os.kill(os.getpid(), signal.SIGKILL)

        return kill

    work = [
        lambda: train("perceptron", few, plan, out=cut, film=0, checkpoint_seconds=0, callback=killing(1)),
        lambda: resume(cut, data=few, checkpoint_seconds=1e9, callback=killing(3)),
        lambda: resume(cut, data=few, checkpoint_seconds=0, callback=killing(6)),
    ]
    assert [_killed(part) for part in work] == [-9, -9, -9]
    again = resume(cut, data=few)
    assert weights(cut) == weights(tmp_path / "whole")
    assert again.ended == whole.ended
    assert {p.name for p in cut.iterdir()} == {p.name for p in whole.folder.iterdir()}


def test_without_a_better_look_it_ends_early_and_is_finished(tmp_path: Path, few: Dataset) -> None:
    run = train("perceptron", few, wandering(patience=2, keep="best"), out=tmp_path / "run")
    assert run.finished
    assert run.steps < 40
    looks = folder.looks(run.folder)
    assert looks[-3] == _best(run.folder)
    assert re.fullmatch(r"the last 2 looks .* found nothing better than after step \d+", run.ended)
    document = json.loads((run.folder / "run.json").read_text())
    assert (document["state"], document["results"]["ended_early"]) == ("done", run.ended)
    with pytest.raises(InputError, match="is finished"):
        resume(run.folder, data=few)


def test_a_callback_ends_it(tmp_path: Path, few: Dataset) -> None:
    run = train("perceptron", few, recipe(), out=tmp_path / "run", callback=lambda said: said.step >= 20)
    assert (run.finished, run.steps, run.ended) == (True, 20, "the callback asked for it")
    assert run.evaluation is not None


def test_a_damaged_best_state_is_told_and_another_networks_too(tmp_path: Path) -> None:
    best.save(tmp_path, 3, nn.Linear(2, 2), 0)
    with pytest.raises(InputError, match="the best state .* cannot be read"):
        best.take(tmp_path, 3, nn.Linear(3, 2))
    state = tmp_path / "best-3.safetensors"
    state.write_bytes(state.read_bytes()[:-5])
    with pytest.raises(InputError, match="the best state .* cannot be read"):
        best.take(tmp_path, 3, nn.Linear(2, 2))
    state.unlink()
    state.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="the best state .* cannot be read"):
        best.take(tmp_path, 3, nn.Linear(2, 2))


def test_the_best_up_to_the_checkpoint_stays_until_a_checkpoint_is_past_its_successor(tmp_path: Path) -> None:
    for step, saved in ((3, 0), (5, 4), (9, 4)):
        best.save(tmp_path, step, nn.Linear(2, 2), saved)
    assert {path.name for path in tmp_path.iterdir()} == {"best-3.safetensors", "best-9.safetensors"}
    (tmp_path / ".best-12.safetensors.0123abcd").touch()
    best.rewind(tmp_path, 4)
    assert {path.name for path in tmp_path.iterdir()} == {"best-3.safetensors"}


def test_who_learns_from_the_validation_images_cannot_look_at_them() -> None:
    with pytest.raises(InputError, match="use_validation learns from the validation images"):
        get("best", keep="best")
