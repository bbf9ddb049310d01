"""Pictures that the page prepares by itself come out as Python makes them, and its answers are decided alike."""

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch

from fivebyfive import datasets
from fivebyfive.decision import MARKS, doubt, ranking
from fivebyfive.errors import InputError
from fivebyfive.outputs import KINDS, as_logits
from fivebyfive.pictures.drawing import Drawn, prepare_drawing
from fivebyfive.pictures.fitting import fitted
from fivebyfive.pictures.preparation import is_prepared
from fivebyfive.pictures.several import is_several

Pixels = npt.NDArray[np.uint8]
SCRIPT = Path(__file__).parents[1] / "js" / "prepared.js"
DIGITS = tuple("0123456789")
READER = (*DIGITS, "none", *MARKS)
DRAWINGS = 96
FEW = 4
"""Pixels of 784 that may be off by one level: a sum that ends in a half may round either way."""


def ask(questions: Sequence[dict[str, Any]], folder: Path) -> list[Any]:
    (folder / "questions.json").write_text(json.dumps(questions))
    made = subprocess.run(
        ["node", str(SCRIPT), str(folder / "questions.json")], capture_output=True, text=True, check=True
    )
    found: list[Any] = json.loads(made.stdout)
    return found


def asked(what: str, picture: Pixels, **more: Any) -> dict[str, Any]:
    height, width, channels = picture.reshape(*picture.shape[:2], -1).shape
    data = base64.b64encode(picture.tobytes()).decode()
    return {"ask": what, "height": height, "width": width, "channels": channels, "bytes": data, **more}


def pixels(said: dict[str, Any]) -> Pixels:
    return np.frombuffer(base64.b64decode(said["bytes"]), np.uint8).reshape(said["height"], said["width"])


def drawing(number: int) -> Pixels:
    """Strokes of every sort: thin, thick, a dot, a line up or across, an arc, a hair; now and then a large sheet."""
    random = np.random.default_rng(number)
    side = 112 if number % 5 else int(random.integers(40, 400))
    sheet = np.zeros((side, side), np.uint8)
    sort = number % 8
    for _ in range(int(random.integers(1, 4))):
        points = random.uniform(0.1, 0.9, (int(random.integers(2, 7)), 2))
        if sort == 3:
            points = points[:1].repeat(2, 0)
        if sort == 4:
            points = np.array([[0.5, 0.15], [0.5, 0.85]])
        if sort == 5:
            points = np.array([[0.15, 0.5], [0.85, 0.52]])
        if sort == 6:
            turn = np.linspace(0, 6, 40)
            points = 0.5 + random.uniform(0.1, 0.35) * np.stack([np.cos(turn), np.sin(turn)], 1)
        line = np.rint(points * side).astype(np.int32)
        cv2.polylines(sheet, [line], False, 255, (2, 10, 24, 6, 9, 10, 4, 1)[sort], cv2.LINE_AA)
    return sheet


def prepared(sheet: Pixels) -> Drawn | str:
    """The digit, or why there is none."""
    try:
        return prepare_drawing(sheet)
    except InputError as error:
        return str(error)


def test_a_drawing_becomes_the_same_pixels(tmp_path: Path) -> None:
    drawings = [drawing(number) for number in range(DRAWINGS)]
    answers = ask([asked("drawing", each) for each in drawings], tmp_path)
    digits = 0
    for sheet, said in zip(drawings, answers, strict=True):
        digit = prepared(sheet)
        if isinstance(digit, str):
            assert said == {"error": digit}
            continue
        digits += 1
        off = np.abs(pixels(said).astype(int) - digit.pixels)
        assert off.max() <= 1
        assert (off > 0).sum() <= FEW
        assert said["several"] == bool(digit.doubt)
        for stage, shown in zip(digit.stages, said["stages"], strict=True):
            assert shown["name"] == stage.name
            assert np.abs(pixels(shown).astype(int) - stage.pixels).max() <= 1
    assert digits >= 80


def test_a_blank_pad_and_a_blot_are_told_in_the_same_words(tmp_path: Path) -> None:
    for sheet in (np.zeros((112, 112), np.uint8), np.full((112, 112), 255, np.uint8)):
        with pytest.raises(InputError) as error:
            prepare_drawing(sheet)
        assert ask([asked("drawing", sheet)], tmp_path) == [{"error": str(error.value)}]


def test_a_picture_is_scaled_as_pillow_scales_it(tmp_path: Path) -> None:
    random, questions, expected = np.random.default_rng(3), [], []
    for number in range(24):
        had, wanted = (1, 3)[number % 2], (1, 3, 3, 4)[number % 4]
        picture = random.integers(0, 256, (*random.integers(5, 90, 2), had), np.uint8)
        height, width = (int(n) for n in random.integers(4, 70, 2))
        size = {"height": height, "width": width, "channels": wanted}
        questions.append(asked("fit", picture, size=size))
        expected.append(fitted(picture, (height, width, wanted)))
    for said, right in zip(ask(questions, tmp_path), expected, strict=True):
        assert np.abs(np.frombuffer(base64.b64decode(said["bytes"]), np.uint8).astype(int) - right.ravel()).max() <= 1


def test_several_digits_are_noticed_and_a_digits_own_strokes_are_not(tmp_path: Path) -> None:
    train = datasets.load("mnist").train
    masks = train.pixels[:20_000, ..., 0] > 127
    assert np.mean([is_several(mask) for mask in masks]) < 0.005
    pairs = [np.hstack([train.pixels[i, ..., 0], train.pixels[i + 1, ..., 0]]) for i in range(0, 400, 2)]
    found = [is_several(pair > 127) for pair in pairs]
    assert np.mean(found) > 0.95
    inked = [(pair > 127).astype(np.uint8) for pair in pairs]
    assert ask([asked("several", pair) for pair in inked], tmp_path) == found


def test_a_file_is_taken_where_it_is_plainly_one_drawing(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    ink = drawing(1)
    grey = np.clip(230 - 0.7 * ink + random.normal(0, 3, ink.shape), 0, 255)
    paper = np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)
    noise = random.integers(0, 256, (90, 120, 3), np.uint8)
    slope = np.tile(np.linspace(0, 255, 100, dtype=np.uint8)[:, None, None], (1, 100, 3))
    taken, *refused = ask([asked("photo", each) for each in (paper, noise, slope, paper * 0 + 200)], tmp_path)
    right = prepare_drawing(ink).pixels
    assert np.abs(pixels(taken).astype(int) - right).mean() < 6
    assert all("5x5 predict" in said["error"] for said in refused)


def test_a_digit_as_mnist_has_it_is_known(tmp_path: Path) -> None:
    test = datasets.load("mnist").test.pixels
    given = [test[0], test[1], 255 - test[0], np.repeat(test[2], 3, axis=2), np.zeros_like(test[0])]
    assert ask([asked("mnist", each) for each in given], tmp_path) == [is_prepared(each) for each in given]


def test_answers_are_decided_alike(tmp_path: Path) -> None:
    random, questions, expected = np.random.default_rng(4), [], []
    for number in range(40):
        kind = KINDS[number % len(KINDS)]
        classes = (READER[: 11 + number % 2 * 5], ("cat", "none", "dog"), DIGITS)[number % 3]
        given = torch.from_numpy(random.normal(0, 4, len(classes)))
        shares = given.softmax(0)
        outputs = {"logits": given, "log-probabilities": shares.log(), "probabilities": shares}.get(
            kind, given.sigmoid()
        )
        questions.append({"ask": "decide", "outputs": outputs.tolist(), "kind": kind, "classes": list(classes)})
        said = as_logits(outputs[None], kind).softmax(1)[0].tolist()
        order = ranking(said, classes)
        expected.append((said, order, doubt(classes[order[0]], said[order[0]], classes)))
    for answer, (said, order, mark) in zip(ask(questions, tmp_path), expected, strict=True):
        assert answer["shares"] == pytest.approx(said, rel=1e-9, abs=1e-15)
        assert (answer["order"], answer["doubt"]) == (order, mark)
