"""A run's folder: nothing of anybody else's is deleted, followed or overwritten, and damage in it is one sentence."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.progress import Progress
from fivebyfive.training import checkpoint, folder, plans
from fivebyfive.training.plans import Plan
from fivebyfive.training.recipe import Recipe
from fivebyfive.training.run import resume, train
from support import weights


@pytest.fixture
def plan(few: Dataset, nine_steps: Recipe) -> Plan:
    return plans.plan("perceptron", nine_steps, 0, few, "")


def tree(place: Path) -> dict[str, bytes]:
    """Every file below `place` with what is in it."""
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}


# --- nothing of anybody else's --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "run.json",
        "metrics.jsonl",
        "checkpoint",
        "checkpoint/state.safetensors",
        "film",
        "film/00000004.safetensors",
        "model.safetensors",
        "curves.png",
        ".lock",
        "notes",
    ],
)
def test_a_link_in_a_run_folder_is_told_and_what_it_points_at_stays(
    tmp_path: Path, stopped: Path, few: Dataset, name: str
) -> None:
    link, outside = stopped / name, tmp_path / "outside"
    if link.exists():
        link.rename(outside)
    elif name.endswith("k"):
        outside.touch()
    else:
        outside.write_text("years of work")
    link.symlink_to(outside)
    if outside.is_dir():
        (outside / "thesis").write_text("years of work")
    before = tree(tmp_path)
    with pytest.raises(InputError, match=f"^{link} is a symbolic link"):
        resume(stopped, data=few)
    assert tree(tmp_path) == before


def test_a_run_folder_may_itself_be_reached_by_a_link(tmp_path: Path, stopped: Path, few: Dataset) -> None:
    (tmp_path / "latest").symlink_to(stopped)
    assert resume(tmp_path / "latest", data=few).finished
    assert (tmp_path / "latest").is_symlink()


def test_what_else_lies_in_the_checkpoints_folder_stays_with_it(stopped: Path, few: Dataset) -> None:
    notes = stopped / "checkpoint" / "notes.txt"
    notes.write_text("mine")
    (stopped / "checkpoint" / f".{checkpoint.NAME}.12345678").write_text("half")
    assert resume(stopped, data=few).finished
    assert [p.name for p in (stopped / "checkpoint").iterdir()] == ["notes.txt"]
    assert notes.read_text() == "mine"


def test_an_empty_folder_is_filled_and_keeps_its_mode(tmp_path: Path, few: Dataset, nine_steps: Recipe) -> None:
    place = tmp_path / "mine"
    place.mkdir(mode=0o700)
    inode = place.stat().st_ino
    train("perceptron", few, nine_steps, out=place)
    assert (place.stat().st_ino, place.stat().st_mode & 0o777) == (inode, 0o700)


def test_folders_and_files_have_the_modes_that_the_umask_leaves(
    tmp_path: Path, few: Dataset, nine_steps: Recipe
) -> None:
    before = os.umask(0o077)
    try:
        run = train("perceptron", few, nine_steps, out=tmp_path / "deep" / "run")
    finally:
        os.umask(before)
    assert {p.stat().st_mode & 0o077 for p in (run.folder.parent, run.folder, *run.folder.iterdir())} == {0}


@pytest.mark.parametrize("left", [".lock", ".run.json.0123abcd"])
def test_a_folder_that_a_kill_left_before_its_run_began_is_free(
    tmp_path: Path, few: Dataset, nine_steps: Recipe, left: str
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / left).touch()
    assert train("perceptron", few, nine_steps, out=tmp_path / "run").finished
    assert not (tmp_path / "run" / left).exists()


@pytest.mark.parametrize("name", ["thesis.txt", "metrics.jsonl", "run.json", "checkpoint", ".hidden"])
def test_a_folder_that_holds_anything_else_is_not_taken(tmp_path: Path, plan: Plan, name: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).touch()
    with (
        pytest.raises(InputError, match="exists and is not empty"),
        folder.created(tmp_path / "run", plan),
    ):
        pytest.fail("it was taken")
    assert [p.name for p in (tmp_path / "run").iterdir()] == [name]


def test_a_file_or_a_link_to_nowhere_is_not_taken(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "file").write_text("years of work")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(InputError, match="exists and is not empty"), folder.created(tmp_path / name, plan):
            pytest.fail("it was taken")
    assert (tmp_path / "file").read_text() == "years of work"
    assert {p.name for p in tmp_path.iterdir()} == {"file", "link"}


def test_a_name_that_no_file_can_have_is_one_sentence(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(InputError, match="its name is too long"), folder.created(tmp_path / ("x" * 300), plan):
        pytest.fail("it was made")
    assert not list(tmp_path.iterdir())


def test_a_run_that_cannot_be_begun_takes_nothing_with_it(tmp_path: Path, plan: Plan) -> None:
    """The folder was the user's own: it stays, and what `begin` wrote goes."""
    (tmp_path / "run").mkdir()

    def begin(place: Path) -> None:
        (place / "checkpoint").mkdir()
        (place / "checkpoint" / checkpoint.NAME).touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), folder.created(tmp_path / "run", plan, begin):
        pytest.fail("it was begun")
    assert [p.name for p in tmp_path.rglob("*")] == ["run"]


BEGINNER = """
import os, signal, sys
from pathlib import Path
from fivebyfive.datasets import mnist
from fivebyfive.errors import InputError
from fivebyfive.training import folder, plans
from fivebyfive.training.recipe import get

place = Path(sys.argv[1])
plan = plans.plan("perceptron", get("classic"), 0, mnist.load(), "")

def begin():
    with folder.created(place, plan, lambda place: (place / "begun").touch()):
        pass

def begin_and_die_at(moment):
    moments = iter(range(moment))
    def hook(event, _arguments):
        if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir") and next(moments, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    begin()

for moment in range(1000):
    child = os.fork()
    if not child:
        begin_and_die_at(moment)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if place.exists():
        (place / "begun").unlink(missing_ok=True)
        try:
            begin()
        except InputError as error:
            assert "--resume" in str(error)
        assert folder.read(place)[0] == plan
        for path in place.iterdir():
            path.unlink()
        place.rmdir()
    assert not list(place.parent.iterdir())
    print(code)
    if code == 0:
        break
"""


def test_killed_at_any_moment_of_its_beginning_a_run_is_there_or_its_place_is_free(tmp_path: Path) -> None:
    """A kill before each call of the system, one after another, until none is left; nothing is left beside the run."""
    call = [sys.executable, "-c", BEGINNER, str(tmp_path / "run")]
    done = subprocess.run(call, capture_output=True, text=True, check=True, timeout=300)
    codes = done.stdout.split()
    assert codes == ["-9"] * (len(codes) - 1) + ["0"]
    assert len(codes) > 5


# --- damaged lines of metrics.jsonl ---------------------------------------------------------------------------------


GOOD = {"step": 2, "samples": 20, "loss": 1.5, "accuracy": 0.5, "seconds": 0.25}


DAMAGED = [
    b"\xff\xfe\x00",
    b'{"step": 1, "samp',
    b"",
    b"null",
    b"[1, 2]",
    b'{"step": 1}',
    b"[" * 9_000,
    b"\x00" * 100_000,
    b'"' + b"x" * 1_000_000 + b'"',
    *(
        json.dumps(GOOD | change).encode()
        for change in (
            {"step": "2"},
            {"step": 2.0},
            {"step": True},
            {"step": 0},
            {"step": -3},
            {"samples": 10**400},
            {"loss": float("nan")},
            {"accuracy": float("inf")},
            {"loss": None},
            {"loss": 1},
            {"seconds": [0.5]},
            {"more": 1},
        )
    ),
]


def test_a_run_goes_on_without_the_damaged_lines_of_its_metrics(stopped: Path, few: Dataset) -> None:
    metrics = stopped / "metrics.jsonl"
    lines = metrics.read_bytes().splitlines(keepends=True)
    metrics.write_bytes(
        lines[0] + b"".join(line + b"\n" for line in DAMAGED) + b"".join(lines[1:]) + b'{"step": 5, "sa'
    )
    assert [p.step for p in folder.history(stopped)] == [1, 2, 3, 4]
    assert resume(stopped, data=few).finished
    assert [p.step for p in folder.history(stopped)] == list(range(1, 10))
    assert len(metrics.read_bytes().splitlines()) == 9


def test_metrics_are_read_as_they_were_logged(tmp_path: Path) -> None:
    logged = [Progress(n, 10 * n, 1 / n, 1.0, n / 7) for n in range(1, 4)]
    for progress in logged:
        folder.log(tmp_path, progress)
    assert folder.history(tmp_path) == logged


# --- damaged run.json -----------------------------------------------------------------------------------------------

Damage = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"7",
        b'"run"',
        b"{}",
        b"[" * 100_000,
        b'{"seed":' * 100_000,
        b'{"seed": ' + b"9" * 5_000 + b"}",
        b" " * 5_000_000,
        b'{"state": NaN}',
    ],
)
def test_what_is_no_run_json_is_one_sentence(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "run.json").write_bytes(text)
    with pytest.raises(InputError, match=r"run\.json is damaged \(.*\); train anew with another --out$") as raised:
        folder.read(tmp_path)
    assert len(str(raised.value)) < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([10**400, -1, 2**70, "", 0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_other_value_anywhere_gives_a_plan_or_one_sentence(tmp_path: Path, plan: Plan, data: st.DataObject) -> None:
    document: dict[str, Any] = json.loads(json.dumps({"state": "training", **plan.as_json()}))
    place = data.draw(st.sampled_from([document, document["recipe"], document["versions"]]))
    name = data.draw(st.sampled_from([*place, "new"]))
    if data.draw(st.booleans()):
        place[name] = data.draw(JSON)
    else:
        place.pop(name, None)
    (tmp_path / "run.json").write_text(json.dumps(document))
    try:
        read, _ = folder.read(tmp_path)
    except InputError as error:
        said = str(error)
    else:
        said = "is damaged"
        assert read.recipe.steps() > 0
        assert json.loads(json.dumps(read.as_json(), allow_nan=False))
    assert "is damaged" in said
    assert "\n" not in said


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Plan) if f.default is dataclasses.MISSING])
def test_a_missing_value_is_named(tmp_path: Path, plan: Plan, name: str) -> None:
    document = {"state": "training", **plan.as_json()}
    del document[name]
    (tmp_path / "run.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=f"its {name} is missing or wrong"):
        folder.read(tmp_path)


def test_a_run_of_before_has_no_code_and_is_read_all_the_same(tmp_path: Path, plan: Plan) -> None:
    document = {"state": "training", **plan.as_json()}
    del document["code"]
    (tmp_path / "run.json").write_text(json.dumps(document))
    assert folder.read(tmp_path)[0] == plan


def test_other_classes_than_the_data_has_are_told(stopped: Path, few: Dataset) -> None:
    document = json.loads((stopped / "run.json").read_text())
    document["classes"] = document["classes"][:3]
    (stopped / "run.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="has changed since"):
        resume(stopped, data=few)


def test_what_is_done_is_done_even_if_the_checkpoint_cannot_be_removed(
    stopped: Path, few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, **_options: bool) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    assert resume(stopped, data=few).finished
    assert json.loads((stopped / "run.json").read_text())["state"] == "done"
    assert weights(stopped)
