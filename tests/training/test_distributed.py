"""Processes that share a training: the gradient is the whole batch's, the weights are one process's, a kill costs
nothing, and all of them end with one sentence.
"""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

import fivebyfive
from fivebyfive import group
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.group import Group
from fivebyfive.training import distributed, plans
from fivebyfive.training.batches import Batches
from fivebyfive.training.recipe import get
from fivebyfive.training.run import resume, train
from sharing import RUN, found, start
from support import Command, weights

SCRIPT = Path(__file__).with_name("two_processes.py")
FRAGILE = """
import os, signal
import torch
from torch import nn

class Fragile(nn.Module):
    def __init__(self, height, width, channels, classes):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(channels, 8, 5, stride=4), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten())
        self.output = nn.Sequential(nn.Dropout(0.2), nn.LazyLinear(classes))
        self.seen = 0

    def forward(self, x):
        self.seen += self.training
        here = os.environ.get("RANK") == os.environ.get("VICTIM") and self.seen == 25
        if here and os.environ.get("TORCHELASTIC_RESTART_COUNT") == "0":
            if os.environ["FATE"] == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise ValueError("this process alone has no luck")
        return self.output(self.layers(x))
"""
OPTIONS = ("--recipe", "classic", "--samples", "1240", "--batch-size", "30", "--checkpoint-seconds", "0", "--film", "3")


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of two processes finds."""
    return found(SCRIPT, tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def by_one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one process finds of the same batch."""
    return found(SCRIPT, tmp_path_factory.mktemp("one"), processes=1)[0]


@given(count=st.integers(0, 200), size=st.integers(1, 20))
def test_parts_are_alike_and_all_there_is(count: int, size: int) -> None:
    parts = [range(count)[Group(rank, size).part(count)] for rank in range(size)]
    assert [n for part in parts for n in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(images=st.integers(1, 60), batch=st.integers(1, 60), size=st.integers(1, 9), step=st.integers(0, 20))
def test_processes_take_the_whole_batch_of_a_step(images: int, batch: int, size: int, step: int) -> None:
    parts = [Batches(images, batch, 1, Group(rank, size).part(batch))[step] for rank in range(size)]
    assert torch.cat(parts).equal(Batches(images, batch, 1)[step])


def test_the_gradient_is_the_whole_batchs_with_normalization_and_unequal_parts(
    by_one: dict[str, Any], by_two: list[dict[str, Any]]
) -> None:
    for two, one in zip(by_two[0]["gradients"], by_one["gradients"], strict=True):
        assert (two is None) == (one is None)  # what is never used learns nothing
        if one is not None:
            np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-12)
    assert by_two[0]["gradients"] == by_two[1]["gradients"]


@pytest.mark.parametrize("way", ["fifty", "muon", "together", "bounded"])
def test_after_fifty_steps_the_weights_are_the_same(
    way: str, by_one: dict[str, Any], by_two: list[dict[str, Any]]
) -> None:
    assert by_two[0][way] == by_two[1][way]
    for two, one in zip(by_two[0][way], by_one[way], strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=1e-5)


def test_steps_are_divided_where_nobody_elses_code_may_write_weights(
    by_one: dict[str, Any], by_two: list[dict[str, Any]]
) -> None:
    assert by_two[0]["divided"] == by_two[1]["divided"] == [False, True, False, True]
    assert not any(by_one["divided"])


def test_where_no_sum_is_rounded_it_is_the_same_bit_for_bit(
    by_one: dict[str, Any], by_two: list[dict[str, Any]]
) -> None:
    assert by_two[0]["exact"] == by_two[1]["exact"] == by_one["exact"]
    assert any(any(row) for row in by_one["exact"])


def test_running_means_and_variances_are_the_whole_batchs(by_one: dict[str, Any], by_two: list[dict[str, Any]]) -> None:
    for name, one in by_one["buffers"].items():
        np.testing.assert_allclose(by_two[0]["buffers"][name], one, rtol=1e-12, err_msg=name)
    assert by_two[0]["buffers"] == by_two[1]["buffers"]
    np.testing.assert_allclose(by_two[0]["evaluated"], by_one["evaluated"], rtol=1e-12)


def test_each_process_has_random_numbers_of_its_own(by_two: list[dict[str, Any]]) -> None:
    assert by_two[0]["random"] != by_two[1]["random"]


def test_what_is_told_gathered_and_summed_is_the_same_for_all(by_two: list[dict[str, Any]]) -> None:
    for document in by_two:
        assert document["told"] == {"from": 0}
        assert document["gathered"] == ["x", "xx"]
        assert document["summed"] == [2.0, 1.0]
        assert document["any"] == [False, True]
        assert document["over_all"] == [5 / 7, 1.0]  # two pictures are the first process's, five the second's


def test_two_processes_come_to_the_weights_of_one(tmp_path: Path, idx_folder: Path) -> None:
    """Fifty steps of the post's recipe."""
    options = ("--samples", "2551", "--batch-size", "50", "--film", "0", "--out", tmp_path / "two")
    done = start("-m", "fivebyfive", "train", "perceptron", "--data", idx_folder, *options)
    assert done.returncode == 0, done.stderr
    assert "2 processes share every batch" in done.stdout
    assert done.stdout.count("Optimization Finished!") == 1
    train("perceptron", str(idx_folder), samples=2551, batch_size=50, film=0, out=tmp_path / "one")
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 1e-5
    lines = [[json.loads(line) for line in (tmp_path / n / "metrics.jsonl").open()] for n in ("one", "two")]
    assert [line["loss"] for line in lines[0]] == pytest.approx([line["loss"] for line in lines[1]], rel=1e-4)


def test_two_processes_come_to_the_very_weights_of_one_that_takes_batches_in_the_same_parts(
    tmp_path: Path, idx_folder: Path
) -> None:
    """Max pooling and ReLU make much of a last digit: it must be the same one, whoever looks on meanwhile."""
    values: dict[str, Any] = {
        "samples": 2551,
        "batch_size": 50,
        "keep_prob": 1.0,
        "averaging": 0.9,
        "validations": 3,
        "keep": "best",
        "film": 8,
    }
    options = [text for name, value in values.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    done = start("-m", "fivebyfive", "train", "conv_net", "--data", idx_folder, *options, "--out", tmp_path / "two")
    assert done.returncode == 0, done.stderr
    train("conv_net", str(idx_folder), out=tmp_path / "one", accumulate=2, **values)
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert all(one[name].equal(two[name]) for name in one)
    films = [fivebyfive.learn(tmp_path / name) for name in ("one", "two")]
    shown = sorted(set.intersection(*(set(film.steps) for film in films)))
    assert shown[0] == 0
    assert shown[-1] == 51
    compared = set()
    for quantity, part, step in itertools.product(("weights", "gradients", "m", "v", "changes"), films[0].names, shown):
        one_row, other_row = (film.kept(quantity, part, film.steps.index(step)) for film in films)
        torch.testing.assert_close(one_row, other_row, rtol=0, atol=0)
        compared |= {(quantity, step)} if one_row is not None else set()
    assert compared >= {("weights", 0), ("weights", 51), ("gradients", 51), ("m", 51), ("v", 51)}


@pytest.mark.exhaustive
def test_an_ensemble_by_muon_at_a_rate_that_is_searched_for_comes_to_the_same(tmp_path: Path, idx_folder: Path) -> None:
    values: dict[str, Any] = {
        "ensemble": 2,
        "learning_rate": "auto",
        "samples": 250,
        "batch_size": 30,
        "resolution": 1.0,
    }
    given = [text for name, value in values.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    call = ["-m", "fivebyfive", "train", "quick", "--recipe", "photos", "--data", str(idx_folder), *given]
    done = start(*call, "--film", "0", "--out", tmp_path / "two")
    assert done.returncode == 0, done.stderr
    run = train("quick", str(idx_folder), "photos", film=0, out=tmp_path / "one", **values)
    assert run.plan.recipe.muon_rate > 0
    assert run.plan.searched > 0
    assert json.loads((tmp_path / "two" / "run.json").read_text())["recipe"] == run.plan.as_json()["recipe"]
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 1e-4


@pytest.fixture
def fragile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network of which one process is killed, or fails, in its 25th step."""
    (tmp_path / "fragile.py").write_text(FRAGILE)
    for name in ("VICTIM", "FATE", "TORCHELASTIC_RESTART_COUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return f"{tmp_path / 'fragile.py'}:Fragile"


def test_a_killed_worker_is_started_again_and_the_run_ends_as_if_nothing_had_been(
    tmp_path: Path, fragile: str, idx_folder: Path, monkeypatch: pytest.MonkeyPatch, five_by_five: Command
) -> None:
    def trained(name: str) -> subprocess.CompletedProcess[str]:
        call = ("train", fragile, "--data", idx_folder, *OPTIONS, "--out", tmp_path / name)
        return five_by_five(*call, "--processes", "2")

    assert trained("whole").returncode == 0
    monkeypatch.setenv("VICTIM", "1")
    monkeypatch.setenv("FATE", "killed")
    done = trained("killed")
    assert done.returncode == 0, done.stderr
    assert "started again" in done.stdout
    told = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
    assert len(told) <= 1  # the launcher may end the other process before that one has noticed
    assert all("one of the 2 processes was killed" in line for line in told)
    assert weights(tmp_path / "killed") == weights(tmp_path / "whole")


@pytest.mark.exhaustive
def test_all_killed_it_goes_on_with_two_processes_or_with_one(
    tmp_path: Path, fragile: str, idx_folder: Path, five_by_five: Command
) -> None:
    call = ("-m", "fivebyfive", "train", fragile, "--data", idx_folder, *OPTIONS, "--out")
    assert start(*call, tmp_path / "whole").returncode == 0
    assert start(*call, tmp_path / "cut", VICTIM="0", FATE="killed").returncode == 1
    shutil.copytree(tmp_path / "cut", tmp_path / "for-one")
    done = five_by_five("train", "--resume", tmp_path / "cut", "--processes", "2")
    assert done.returncode == 0, done.stderr
    assert "going on after step 2" in done.stdout
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    assert resume(tmp_path / "for-one").finished


def test_what_one_process_raises_ends_all_with_one_sentence(
    tmp_path: Path, fragile: str, idx_folder: Path, monkeypatch: pytest.MonkeyPatch, five_by_five: Command
) -> None:
    monkeypatch.setenv("VICTIM", "1")
    monkeypatch.setenv("FATE", "raises")
    call = ("train", fragile, "--data", idx_folder, *OPTIONS, "--out", tmp_path / "run")
    done = five_by_five(*call, "--processes", "2")
    assert done.returncode == 1
    assert done.stderr.count("error:") == 1
    assert "this process alone has no luck" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_all_after_the_same_step(tmp_path: Path, idx_folder: Path) -> None:
    call = [sys.executable, "-m", "fivebyfive", "train", "perceptron", "--data", str(idx_folder), "--processes", "2"]
    options = ["--samples", "10000000", "--batch-size", "50", "--out", str(tmp_path / "run")]
    with subprocess.Popen([*call, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Iter"):
                process.send_signal(signal.SIGINT)
                break
        _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.startswith("stopped after step ")
    assert errors.count("\n") == 1


def test_what_cannot_be_shared_is_refused_before_anything_is_written(
    tmp_path: Path, idx_folder: Path, five_by_five: Command
) -> None:
    call = ("train", "perceptron", "--data", idx_folder, "--out", tmp_path / "run", "--batch-size", "1")
    done = five_by_five(*call, "--processes", "2")
    assert done.returncode == 2
    assert done.stderr.count("error:") == done.stderr.count("\n") == 1
    assert "batch_size is 1 and there are 2 processes" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("values", "size", "said"),
    [({}, 200, "batch_size is 128 and there are 200"), ({"batch_size": 9, "accumulate": 2}, 2, "a multiple of 2")],
)
def test_each_process_needs_something_to_do(
    few: Dataset, values: dict[str, int], size: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plans.plan("perceptron", get("classic", **values), 0, few, "")
    distributed.expect_shareable(plan)
    monkeypatch.setattr(group, "_joined", Group(0, size))
    with pytest.raises(InputError, match=said):
        distributed.expect_shareable(plan)


def test_what_one_process_can_only_do_is_not_done_by_many() -> None:
    done = start("-m", "fivebyfive", "explain")
    assert done.returncode == 1
    assert done.stderr.count("error: explain is done by one process") == 1


@pytest.mark.parametrize(("rank", "size"), [("2", "2"), ("none", "2"), ("-1", "2"), ("0", "0"), ("0", "9" * 9)])
def test_an_environment_that_makes_no_sense_is_refused(rank: str, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", size)
    with pytest.raises(InputError, match="start the processes with torchrun"):
        group.join()


def test_two_nodes_come_to_the_same_weights(tmp_path: Path, idx_folder: Path, five_by_five: Command) -> None:
    """Two launchers that know one another by an address alone, and a run folder on the first one's machine."""
    options = ("train", "perceptron", "--data", idx_folder, "--samples", "500", "--batch-size", "50", "--out")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nodes = []
    for node in (0, 1):
        call = [*RUN, "--nnodes=2", f"--node-rank={node}", "--nproc-per-node=1", "--master-addr=127.0.0.1"]
        place = tmp_path / f"node-{node}"
        call += [f"--master-port={port}", "-m", "fivebyfive", *map(str, options), str(place)]
        nodes.append(subprocess.Popen(call, env=os.environ | {"OMP_NUM_THREADS": "1"}))
    assert [node.wait(300) for node in nodes] == [0, 0]
    assert not (tmp_path / "node-1").exists()
    assert five_by_five(*options, tmp_path / "one-node", "--processes", "2").returncode == 0
    assert weights(tmp_path / "node-0") == weights(tmp_path / "one-node")
