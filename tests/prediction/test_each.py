"""``fivebyfive.predict_each``: any number of pictures as they come, a few in memory, together through the model."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fivebyfive import predict, predict_each
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.prediction import TOGETHER
from fivebyfive.prediction.engine import Floats, Pixels
from fivebyfive.prediction.opening import SHIPPED
from fivebyfive.prediction.reader_engine import ReaderEngine
from photos import in_bytes, paper


class Noted:
    """A model that says how many pictures it was asked about at a time."""

    classes, shape, preparation, fit = tuple("0123456789"), (28, 28, 1), "whole", "crop"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def probabilities(self, images: Pixels) -> Floats:
        self.asked.append(len(images))
        return np.eye(10, dtype=np.float32)[images[:, 0, 0, 0] % 10]

    def fingerprint(self) -> str:
        return "noted"


def test_pictures_go_through_the_model_together_and_a_bad_one_holds_up_nothing() -> None:
    model, taken = Noted(), []

    def pictures() -> Iterator[object]:
        for n in range(3 * TOGETHER):
            taken.append(n)
            yield "missing.png" if n == 5 else np.full((28, 28), n % 10, np.uint8)

    found = predict_each(pictures(), model)
    assert taken == []
    first = next(found)
    assert not isinstance(first, InputError)
    assert first.text == "0"
    assert len(taken) == TOGETHER
    others = list(found)
    assert "missing.png" in str(others[4])
    texts = [one.text for one in others if not isinstance(one, InputError)]
    assert texts == [str(n % 10) for n in range(1, 3 * TOGETHER) if n != 5]
    assert model.asked == [TOGETHER - 1, TOGETHER, TOGETHER]


def test_a_list_goes_through_the_model_together_too_and_raises() -> None:
    model = Noted()
    assert [one.text for one in predict([np.full((28, 28), n, np.uint8) for n in range(3)], model)] == ["0", "1", "2"]
    assert model.asked == [3]
    with pytest.raises(InputError, match="missing"):
        predict(["missing.png"], model)


def test_the_answers_are_those_of_one_at_a_time(digits: Dataset) -> None:
    images = [paper(["7", "2"]), in_bytes(paper(["4"])), digits.test.pixels[0], Path("none.png")]
    for model in (None, SHIPPED / "reader.onnx"):
        *found, missing = predict_each(images, model)
        assert isinstance(missing, InputError)
        assert [one.text for one in found if not isinstance(one, InputError)] == [
            predict(one, model).text for one in images[:3]
        ]


def test_the_shipped_reader_is_asked_once_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    before = ReaderEngine.probabilities

    def noted(self: ReaderEngine, images: Pixels) -> Floats:
        asked.append(len(images))
        return before(self, images)

    monkeypatch.setattr(ReaderEngine, "probabilities", noted)
    assert predict([paper(["7"]), paper(["4"])])[1].text == "4"
    assert asked == []
