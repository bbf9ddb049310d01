"""A film that others left or damaged: one sentence, nothing followed, nothing run, and never a training the worse."""

import contextlib
import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.training import filming, reels
from fivebyfive.training.recipe import Recipe, get
from fivebyfive.training.run import resume, train
from support import StopAt, weights

Tensors = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def _run(tmp_path_factory: pytest.TempPathFactory, few: Dataset) -> Path:
    """With a large matrix, kept whole in some frames."""
    recipe = get("classic", samples=200, batch_size=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filming, "SHARE", 1e9)
        return train("perceptron", few, recipe, out=tmp_path_factory.mktemp("film") / "run", film=5).folder


@pytest.fixture
def run(tmp_path: Path, _run: Path) -> Path:
    return Path(shutil.copytree(_run, tmp_path / "run"))


def reel(run: Path) -> Path:
    (only,) = (run / reels.FILM).iterdir()
    return only


def change(run: Path, how: Callable[[Tensors, dict[str, Any]], object]) -> None:
    """Write the reel anew, changed."""
    with safe_open(reel(run), "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = json.loads(file.metadata()["film"])
    how(tensors, about)
    save_file({name: value.contiguous() for name, value in tensors.items()}, reel(run), {"film": json.dumps(about)})


def look(run: Path) -> None:
    """At everything in the film."""
    film = fivebyfive.learn(run)
    assert len(film.pictures) == len(film.labels)
    for frame in range(len(film)):
        assert (film.accuracy(frame), film.loss(frame), film.model(frame)) is not None
        for name in film.names:
            film.weights(name, frame)
            for quantity in ("weights", "gradients", "m", "v", "changes"):
                film.kept(quantity, name, frame)


def expect_sentence(run: Path) -> None:
    with pytest.raises(InputError) as raised:
        look(run)
    said = str(raised.value)
    assert said.startswith(f"{reel(run)} cannot be read (")
    assert said.endswith("; remove the folder it is in, or train anew with another --out")
    assert len(said) < 600
    assert len(said.splitlines()) == 1


def test_the_film_that_is_damaged_below_can_be_read(run: Path) -> None:
    look(run)
    change(run, lambda *_: None)
    look(run)


@pytest.mark.parametrize("kept", [0, 7, 8, 100, -1, -1000])
def test_a_reel_that_is_cut_off_is_one_sentence(run: Path, kept: int) -> None:
    data = reel(run).read_bytes()
    reel(run).write_bytes(data[:kept])
    expect_sentence(run)


@pytest.mark.parametrize("header", [2**63, 2**40, 17 << 20, 10**9])
def test_a_reel_whose_header_is_huge_is_one_sentence(run: Path, header: int) -> None:
    data = reel(run).read_bytes()
    reel(run).write_bytes(struct.pack("<Q", header) + data[8:])
    expect_sentence(run)


def test_a_reel_larger_than_any_film_is_not_read(run: Path) -> None:
    os.truncate(reel(run), 1 << 40)  # sparse: it takes no room
    with pytest.raises(InputError, match="film holds more than a film of 5 frames can; remove it"):
        fivebyfive.learn(run)


def test_a_pipe_or_a_folder_in_a_reels_place_is_one_sentence(run: Path) -> None:
    name = reel(run)
    name.unlink()
    os.mkfifo(name)
    expect_sentence(run)
    name.unlink()
    name.mkdir()
    expect_sentence(run)


@pytest.mark.parametrize("what", ["film", "reel"])
def test_a_link_is_not_followed(run: Path, tmp_path: Path, what: str) -> None:
    link = run / reels.FILM if what == "film" else reel(run)
    link.rename(tmp_path / "elsewhere")
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=f"^{link} is a symbolic link"):
        fivebyfive.learn(run)


def _set(name: str, value: torch.Tensor) -> Callable[[Tensors, Any], object]:
    return lambda tensors, _: tensors.update({name: value})


def _drop(name: str) -> Callable[[Tensors, Any], object]:
    return lambda tensors, _: tensors.pop(name)


def _say(name: str, value: Any) -> Callable[[Any, dict[str, Any]], object]:
    return lambda _, about: about.update({name: value})


WRONG = {
    "steps fall": _set("steps", torch.tensor([0, 3, 2, 5, 9])),
    "steps repeat": _set("steps", torch.tensor([0, 3, 3, 5, 9])),
    "steps below 0": _set("steps", torch.tensor([-1, 1, 2, 5, 9])),
    "another last step": _set("steps", torch.tensor([0, 1, 2, 5, 8])),
    "steps in a square": _set("steps", torch.zeros(5, 1, dtype=torch.int64)),
    "steps of floats": _set("steps", torch.zeros(5)),
    "no steps": _set("steps", torch.zeros(0, dtype=torch.int64)),
    "fewer rows": _set("weights", torch.zeros(4, 10, dtype=torch.float16)),
    "other types": lambda tensors, _: tensors.update(v=tensors["v"].double()),
    "wide answers": _set("answers", torch.zeros(5, 8, 11, dtype=torch.float16)),
    "flat answers": _set("answers", torch.zeros(5, dtype=torch.float16)),
    "losses missing": _drop("losses"),
    "weights missing": _drop("weights"),
    "pictures missing": _drop("pictures"),
    "pictures of another size": _set("pictures", torch.zeros(8, 27, 28, 1, dtype=torch.uint8)),
    "pictures of floats": _set("pictures", torch.zeros(8, 28, 28, 1)),
    "too few labels": _set("labels", torch.zeros(7, dtype=torch.int64)),
    "labels of no class": _set("labels", torch.full((8,), 10)),
    "labels below 0": _set("labels", torch.full((8,), -1)),
    "whole frames that are none": lambda tensors, _: tensors["whole"].add_(5),
    "a whole tensor cut": lambda tensors, _: tensors.update({"whole.0": tensors["whole.0"][:, :-1]}),
    "taken of others": _set("taken", torch.zeros(5, 7, dtype=torch.int32)),
    "parts missing": lambda _, about: about.pop("parts"),
    "no parts": _say("parts", []),
    "parts of numbers": _say("parts", [1, 2]),
    "a part twice": lambda _, about: about["parts"].append(about["parts"][0]),
    "a huge part": lambda _, about: about["parts"][0].__setitem__(1, [2**40, 2**40]),
    "a part with sides below 0": lambda _, about: about["parts"][0].__setitem__(1, [-784, -256]),
    "more kept than there is": lambda _, about: about["parts"][0].__setitem__(2, 10**9),
    "less than nothing kept": lambda _, about: about["parts"][0].__setitem__(2, -5),
    "kept in half": lambda _, about: about["parts"][0].__setitem__(2, 4.5),
    "an optimizer of another name": lambda _, about: about["parts"][0].__setitem__(3, "sgd"),
    "a name that commands": lambda _, about: about["parts"][0].__setitem__(0, "w\x1b[2J"),
    "a name that is none": lambda _, about: about["parts"][0].__setitem__(0, None),
    "state of words": _say("state", "none"),
    "state that is not there": _say("state", [["mean", [5]]]),
    "inputs first of words": _say("inputs_first", "yes"),
}


@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG.keys())
def test_whatever_is_wrong_in_a_reel_is_one_sentence(run: Path, how: Callable[[Tensors, Any], object]) -> None:
    change(run, how)
    expect_sentence(run)


@pytest.mark.parametrize("text", ["", "null", "[]", "[" * 100_000, '{"parts": NaN}'])
def test_what_a_reel_says_of_itself_may_be_anything(run: Path, text: str) -> None:
    with safe_open(reel(run), "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, reel(run), {"film": text})
    expect_sentence(run)
    save_file(tensors, reel(run))
    expect_sentence(run)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 2_000), value=st.integers(0, 255))
def test_any_other_byte_in_its_head_gives_a_film_or_one_sentence(run: Path, at: int, value: int) -> None:
    before = reel(run).read_bytes()
    reel(run).write_bytes(before[:at] + bytes([value]) + before[at + 1 :])
    with contextlib.suppress(InputError):
        look(run)
    reel(run).write_bytes(before)


def test_values_that_are_no_numbers_are_shown_as_they_are(run: Path) -> None:
    def spoil(tensors: Tensors, _: object) -> None:
        for name in ("weights", "v", "answers", "losses", "whole.0"):
            tensors[name].fill_(torch.nan)

    change(run, spoil)
    film = fivebyfive.learn(run)
    life = film.weight("biases.b1", 3)
    assert all(moment.value != moment.value for moment in life.moments)
    assert "NaN" in repr(life)
    assert "NaN" in life._repr_html_()
    assert film.wrong(-1) == list(range(8))


def test_two_reels_that_do_not_follow_each_other_are_one_sentence(run: Path) -> None:
    shutil.copy(reel(run), run / reels.FILM / "00000004.safetensors")
    with pytest.raises(InputError, match="00000004.safetensors cannot be read"):
        fivebyfive.learn(run)


# --- trainings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut", "pipe", "strange", "gone"])
def test_a_damaged_film_never_spoils_what_is_trained(
    tmp_path: Path, stopped: Path, few: Dataset, nine_steps: Recipe, damage: str
) -> None:
    train("perceptron", few, nine_steps, out=tmp_path / "whole", film=0)
    film = stopped / reels.FILM
    if damage == "cut":
        os.truncate(reel(stopped), 50)
    elif damage == "pipe":
        os.mkfifo(film / "00000003.safetensors")
    elif damage == "strange":
        (film / "99999999.safetensors").write_text("mine")
        (film / "notes.txt").write_text("mine")
    else:
        shutil.rmtree(film)
    assert resume(stopped, data=few).finished
    assert weights(stopped) == weights(tmp_path / "whole")
    assert damage != "strange" or (film / "notes.txt").read_text() == "mine"


def test_a_half_written_reel_goes_when_the_run_goes_on(stopped: Path, few: Dataset) -> None:
    half = stopped / reels.FILM / ".00000005.safetensors.01234567"
    half.write_text("half")
    assert resume(stopped, data=few, reporter=StopAt(6)).steps == 6
    assert not half.exists()


@pytest.mark.parametrize("film", ["60", 6.5, True, -1, 10**6, None])
def test_a_plan_with_no_number_of_frames_is_damaged(stopped: Path, film: Any) -> None:
    document = json.loads((stopped / "run.json").read_text())
    (stopped / "run.json").write_text(json.dumps(document | {"film": film}))
    with pytest.raises(InputError, match="its film is missing or wrong"):
        fivebyfive.learn(stopped)


def test_a_run_of_before_there_were_films_goes_on_without_one(stopped: Path, few: Dataset) -> None:
    document = json.loads((stopped / "run.json").read_text())
    del document["film"]
    (stopped / "run.json").write_text(json.dumps(document))
    shutil.rmtree(stopped / reels.FILM)
    assert resume(stopped, data=few).finished
    assert not (stopped / reels.FILM).exists()
