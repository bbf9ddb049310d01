"""Where else figures go: each place gets all of them, gone on with or not, and none can end a training."""

import csv
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.training import folder, logs
from fivebyfive.training.logs.log import Log
from fivebyfive.training.recipe import get
from fivebyfive.training.run import resume, train
from support import StopAt

RECIPE = get("classic", samples=100, batch_size=10, display_step=3, validations=2)


def test_the_table_has_every_step_and_look_once(tmp_path: Path, few: Dataset) -> None:
    train("perceptron", few, RECIPE, out=tmp_path / "run", log=["csv"], reporter=StopAt(6), film=0)
    resume(tmp_path / "run", data=few, log=["csv"])
    with (tmp_path / "run" / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows if row["loss"]] == ["3", "6", "9"]
    looks = {row["step"]: float(row["validation/accuracy"]) for row in rows if row["validation/accuracy"]}
    assert looks == {str(look.step): look.validation_accuracy for look in folder.looks(tmp_path / "run")}


def test_tensorboard_gets_the_same_figures(tmp_path: Path, few: Dataset) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train("perceptron", few, RECIPE, out=tmp_path / "run", log=["tensorboard"], reporter=StopAt(6), film=0)
    run = resume(tmp_path / "run", data=few, log=["tensorboard"])
    events = EventAccumulator(str(tmp_path / "run"))
    events.Reload()
    assert [scalar.step for scalar in events.Scalars("loss")] == [3, 6, 9]
    looks = [look.validation_accuracy for look in folder.looks(run.folder)]
    assert [scalar.value for scalar in events.Scalars("validation/accuracy")] == pytest.approx(looks)
    assert run.evaluation is not None
    assert events.Scalars("test/accuracy")[0].value == pytest.approx(run.evaluation.accuracy)


def test_what_is_not_known_or_not_installed_is_told_before_anything_is_written(tmp_path: Path, few: Dataset) -> None:
    with pytest.raises(InputError, match="log 'wandbb' is not known"):
        train("perceptron", few, RECIPE, out=tmp_path / "run", log=["wandbb"])
    with pytest.raises(InputError, match="did you mean"):
        logs.opened(["tensorbord"])
    blocked = "import sys; sys.modules['wandb'] = None\nfrom fivebyfive.training import logs\nlogs.opened(['wandb'])"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, check=False)
    assert "a package that is not installed is needed: pip install wandb" in done.stderr
    assert not (tmp_path / "run").exists()


class _Breaks(Log):
    """A log whose service goes away, from the beginning or later."""

    name = "the service"

    def __init__(self, at: int) -> None:
        self.at = at

    def begin(self, *_: Any) -> None:
        self.write(0, {})

    def write(self, step: int, values: dict[str, float]) -> None:
        del values
        if step >= self.at:
            raise ConnectionError("gone\naway")

    def close(self, *_: Any) -> None:
        raise AssertionError("it is closed already")


def test_what_goes_wrong_with_a_log_ends_no_training(tmp_path: Path, few: Dataset) -> None:
    with pytest.warns(UserWarning, match=r"nothing more is logged to the service \(gone away\); the training goes on"):
        assert train("perceptron", few, RECIPE, out=tmp_path / "run", reporter=_Breaks(at=3)).finished
    with pytest.raises(InputError, match=r"the service cannot be logged to \(gone away\); leave it out"):
        train("perceptron", few, RECIPE, out=tmp_path / "other", reporter=_Breaks(at=0))


def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)


def _records(path: Path) -> Iterator[bytes]:
    """What a file of W&B holds: a log as LevelDB has it, in blocks of 32 KiB, after seven bytes of its own."""
    data, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        length, kind = struct.unpack("<4xHB", data[at : at + 7])
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # a whole record, or its last part
            yield whole
            whole = b""


def test_weights_and_biases_gets_them_offline(tmp_path: Path, few: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    from wandb.proto import wandb_internal_pb2

    _offline(tmp_path, monkeypatch)
    train("perceptron", few, RECIPE, out=tmp_path / "run", log=["wandb"], reporter=StopAt(6), film=0)
    resume(tmp_path / "run", data=few, log=["wandb"])
    logged: dict[str, list[float]] = {}
    names = set()
    for path in sorted((tmp_path / "run").glob("wandb/offline-run-*/*.wandb")):
        for data in _records(path):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            names |= {record.run.run_id} if record.HasField("run") else set()
            for item in record.history.item if record.HasField("history") else ():
                logged.setdefault("".join(item.nested_key) or item.key, []).append(json.loads(item.value_json))
    assert len(names) == 1  # gone on with, it is the same run
    assert logged["validation/accuracy"] == [look.validation_accuracy for look in folder.looks(tmp_path / "run")]
    assert logged["loss"] == [progress.loss for progress in folder.history(tmp_path / "run")]


def test_mlflow_gets_them_in_one_run(tmp_path: Path, few: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    _offline(tmp_path, monkeypatch)
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    train("perceptron", few, RECIPE, out=tmp_path / "run", log=["mlflow"], reporter=StopAt(6), film=0)
    run = resume(tmp_path / "run", data=few, log=["mlflow"])
    (kept,) = mlflow.MlflowClient().search_runs([mlflow.get_experiment_by_name("Default").experiment_id])
    assert (kept.info.run_name, kept.info.status) == ("run", "FINISHED")
    assert kept.data.params["learning_rate"] == "0.001"
    losses = mlflow.MlflowClient().get_metric_history(kept.info.run_id, "loss")
    assert {metric.step: metric.value for metric in losses} == {p.step: p.loss for p in folder.history(run.folder)}
    assert run.evaluation is not None
    assert kept.data.metrics["test_accuracy"] == run.evaluation.accuracy
