"""``5x5 train`` as its users call it: a process, its two outputs and its exit code."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import Command

LINE = re.compile(r"^Iter \d+, Minibatch Loss= \d+\.\d{6}, Training Accuracy= \d\.\d{5}$")


def test_it_prints_the_posts_lines_then_both_accuracies_and_what_to_do_next(five_by_five: Command) -> None:
    done = five_by_five("train", "perceptron", "--samples", "5000", "--out", "run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("mnist: 55,000 images to train on, 5,000 to choose by, 10,000 to report; 28×28×1")
    assert lines[1] == "perceptron: 269,322 parameters"
    assert lines[2].startswith("the film keeps 4,096 of the 200,704 numbers of weights.h1 and 1 more in every frame, ")
    assert [bool(LINE.match(line)) for line in lines[3:6]] == [True] * 3
    assert lines[3].startswith("Iter 1280, ")
    assert "Optimization Finished!" in lines
    assert any("the first 256 test images" in line for line in lines)
    assert any("all 10,000 test images" in line for line in lines)
    assert re.fullmatch(r"run/film/ holds how it learned, \d+\.\d MB: fivebyfive\.learn\('run'\)", lines[-2])
    assert lines[-1].startswith("Next: 5x5 evaluate run")


def test_json_is_one_document_on_standard_output(in_process: Command, idx_folder: Path) -> None:
    done = in_process("train", "--data", idx_folder, "--samples", "300", "--keep-prob", "0.5", "--json")
    document = json.loads(done.stdout)
    assert document["parameters"] == 3_274_634
    assert document["samples"] == 256
    assert document["recipe"] == "classic"
    assert document.keys() >= {
        "run", "network", "train_seconds", "images_per_second", "test_accuracy", "test_accuracy_first_256", "seed"
    }  # fmt: skip


def test_every_value_of_the_recipe_is_an_option_that_takes_effect(in_process: Command, tmp_path: Path) -> None:
    numbers = {"batch_size": 20, "samples": 90, "learning_rate": 0.01, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-6,
               "weight_decay": 0.1, "keep_prob": 0.5, "display_step": 2}  # fmt: skip
    options = [text for name, value in numbers.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    done = in_process("train", "perceptron", *options, "--out", "run", "--tensorboard")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[3].startswith("Iter 40, ")
    recipe = json.loads((tmp_path / "run" / "run.json").read_text())["recipe"]
    assert {name: recipe[name] for name in numbers} == numbers
    assert list((tmp_path / "run").glob("events.out.tfevents.*"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "no_such_network"], "network 'no_such_network' is not known"),
        (["train", "--recipe", "no_such_recipe"], "classic, good, quick, best"),
        (["train", "--data", "nowhere"], "data nowhere does not exist"),
        (["train", "--learning-rate", "-1"], "learning_rate is -1.0; above 0 was expected"),
        (["train", "--learning-rate", "fast"], "--learning-rate"),
        (["train", "--seed", "-1"], "seed is -1"),
        (["train", "--resume", "nowhere"], "nowhere is not a run folder"),
        (["train", "--resume", "nowhere", "--samples", "5"], "leave out --samples"),
        (["train", "best", "--resume", "nowhere", "--seed", "0", "--he"], "leave out network, --seed, --he"),
        (["train", "perceptron", "--samples", "2000", "--learning-rate", "1e30"], "training has run away"),
        (["train", "--learning-rate", "inf"], "learning_rate is inf; a finite number was expected"),
        (["evaluate", "nowhere"], "model nowhere does not exist"),
        (["no_such_command"], "no_such_command"),
    ],
)
def test_a_wrong_call_is_one_clear_line_and_exit_code_2(in_process: Command, arguments: list[str], says: str) -> None:
    done = in_process(*arguments)
    assert done.returncode == 2
    assert "Iter" not in done.stdout  # a training that runs away has said what it found
    assert done.stderr.startswith("error: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_traceback_comes_with_debug(in_process: Command) -> None:
    assert "Traceback" in in_process("train", "--data", "nowhere", "--debug").stderr


def test_a_checkpoint_that_is_a_link_is_told_and_every_file_it_points_at_remains(
    in_process: Command, tmp_path: Path, idx_folder: Path
) -> None:
    """The folder of somebody else's run, with somebody else's files behind a link."""
    done = in_process("train", "perceptron", "--data", idx_folder, "--samples", "300", "--out", "run")
    assert done.returncode == 0, done.stderr
    run, photos = tmp_path / "run", tmp_path / "photos"
    document = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(document | {"state": "training"}))
    photos.mkdir()
    for name in ("a.jpg", "b.jpg", ".state.safetensors.12345678"):
        (photos / name).write_text("years of work")
    (run / "checkpoint").symlink_to(photos)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    done = in_process("train", "--resume", "run")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: run/checkpoint is a symbolic link")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


OWN = "from torch import nn\n\ndef net():\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"


@pytest.mark.parametrize("state", [pytest.param("a-file", marks=pytest.mark.exhaustive), "a-file/below"])
def test_a_training_ends_well_where_nothing_can_be_noted_of_it(
    tmp_path: Path, idx_folder: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """A home folder that cannot be written, as in many containers; even root cannot make a folder in a file."""
    (tmp_path / "a-file").touch()
    (tmp_path / "mynet.py").write_text(OWN)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / state))
    call = [sys.executable, "-m", "fivebyfive", "train", "mynet.py:net", "--data", str(idx_folder), "--samples", "300"]
    done = subprocess.run(
        [*call, "--out", "run", "--json"], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["test_accuracy"] > 0
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "done"
    (warning,) = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert "--network" in warning


def test_a_umask_is_obeyed(tmp_path: Path, idx_folder: Path) -> None:
    call = [sys.executable, "-m", "fivebyfive", "train", "perceptron", "--data", str(idx_folder), "--samples", "300"]
    done = subprocess.run([*call, "--out", "run"], cwd=tmp_path, umask=0o077, check=False, timeout=300)
    assert done.returncode == 0
    assert {p.stat().st_mode & 0o077 for p in (tmp_path / "run", *(tmp_path / "run").iterdir())} == {0}


@pytest.mark.skipif(not shutil.which("unshare"), reason="a small disk is made with unshare")
def test_a_full_disk_is_one_clear_line_and_the_run_goes_on_when_there_is_room(tmp_path: Path, idx_folder: Path) -> None:
    """It is full when the weights are written, and not before: no film, whose frames depend on the machine's pace."""
    disk = tmp_path / "disk"
    disk.mkdir()
    call = f"{sys.executable} -m fivebyfive train perceptron --data {idx_folder} --film 0 --samples 700"
    script = f"""mount -t tmpfs -o size=1m none {disk} || exit 99
        {call} --out {disk}/run >&2; echo $?; ls -A {disk}/run
        mount -o remount,size=100m {disk}; {sys.executable} -m fivebyfive train --resume {disk}/run >&2; echo $?"""
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("no small disk can be mounted here")
    assert done.stdout.split() == ["1", "metrics.jsonl", "run.json", "0"], done.stderr
    assert "error: the disk is full" in done.stderr
    assert "then go on with: 5x5 train --resume" in done.stderr
    assert "Traceback" not in done.stderr
