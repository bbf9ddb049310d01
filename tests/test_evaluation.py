"""Evaluation: its figures follow from what was said."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn import metrics
from torch import nn

from fivebyfive.calibration import expected_error
from fivebyfive.datasets import Dataset, Images, load
from fivebyfive.errors import InputError
from fivebyfive.evaluation import NO_NUMBER, Evaluation, evaluate_network
from fivebyfive.outputs import LOG_PROBABILITIES
from fivebyfive.views import charts
from fivebyfive.views.mistakes import write_mistakes
from support import Does


class SaysTheBrightestRow(nn.Module):
    """Reads pictures of one bright row each: class n is row n."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 20 * x[:, 0].mean(2)[:, :3]


def _evaluation() -> Evaluation:
    labels = np.array([0, 0, 1, 1, 1, 2] * 100)
    shown = np.array([0, 1, 1, 1, 1, 2] * 100)  # one zero in two looks like a one
    pixels = np.zeros((600, 4, 4, 1), np.uint8)
    pixels[np.arange(600), shown] = 255
    return evaluate_network(SaysTheBrightestRow(), Images(pixels, labels), ("zero", "one", "two"))


def test_accuracy_confusion_and_mistakes_agree() -> None:
    result = _evaluation()
    assert result.accuracy == 5 / 6
    assert result.accuracy_first_256 == np.mean(result.said[:256] == result.labels[:256])
    assert result.confusion.tolist() == [[100, 100, 0], [0, 300, 0], [0, 0, 100]]
    assert result.per_class == {"zero": 0.5, "one": 1.0, "two": 1.0}
    assert result.mistakes.tolist() == list(range(1, 600, 6))


def test_a_class_without_images_has_no_accuracy() -> None:
    images = Images(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]))
    assert evaluate_network(SaysTheBrightestRow(), images, ("zero", "one", "two")).per_class["two"] is None


def test_the_network_is_left_in_the_mode_it_was_in(digits: Dataset) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10))
    network.train()
    first = evaluate_network(network, digits.test[:300], digits.classes)
    assert network.training
    assert np.array_equal(first.said, evaluate_network(network, digits.test[:300], digits.classes).said)


def test_pictures_are_drawn_for_any_number_of_mistakes() -> None:
    result = _evaluation()
    assert len(charts.mistakes(result).axes) == 60
    assert charts.confusion(result).axes[0].get_title(loc="left") == "83.33% right: 100 of 600 images misread"
    pixels, two, sure = np.zeros((2, 4, 4, 1), np.uint8), np.arange(2), np.ones(2, np.float32)
    perfect = Evaluation(("a", "b"), pixels, np.eye(2, dtype=np.int64), two, two, sure, two - two, sure, 1.0)
    assert charts.mistakes(perfect).axes


class SaysNoNumberOfTheFirst(SaysTheBrightestRow):
    """Answers NaN for the pictures of class 0, and +∞ for those of class 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = super().forward(x)
        y[y[:, 0] > 1] = torch.nan
        y[y[:, 1] > 1] = torch.inf
        return y


def test_an_answer_that_is_no_number_is_wrong_and_of_no_class() -> None:
    labels = np.array([0, 1, 2, 2])
    pixels = np.zeros((4, 4, 4, 1), np.uint8)
    pixels[np.arange(4), labels] = 255
    result = evaluate_network(SaysNoNumberOfTheFirst(), Images(pixels, labels), ("zero", "one", "two"))
    assert result.said.tolist() == [NO_NUMBER, NO_NUMBER, 2, 2]
    assert (result.unanswered, result.accuracy) == (2, 0.5)
    assert result.per_class == {"zero": 0.0, "one": 0.0, "two": 1.0}
    assert result.confusion.sum() == 2
    assert result.as_json()["images_without_a_number"] == 2
    assert [t.get_text() for axes in charts.mistakes(result).axes for t in [axes.title]][:2] == [
        "zero → no number", "one → no number"
    ]  # fmt: skip


@pytest.mark.parametrize("largest", [1e30, 3e38])
def test_large_answers_are_numbers(largest: float) -> None:
    class Large(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[-largest, largest, 0.0]]).expand(len(x), 3)

    result = evaluate_network(Large(), Images(np.zeros((2, 4, 4, 1), np.uint8), np.array([1, 1])), ("a", "b", "c"))
    assert (result.accuracy, result.unanswered, result.confidence.tolist()) == (1.0, 0, [1.0, 1.0])


def test_no_images_are_an_error() -> None:
    with pytest.raises(InputError, match="no images"):
        evaluate_network(
            SaysTheBrightestRow(), Images(np.zeros((0, 4, 4, 1), np.uint8), np.zeros(0, np.int64)), ("a", "b", "c")
        )


def _answers(sure: list[list[float]], labels: list[int]) -> Evaluation:
    """An evaluation of a network that gives these probabilities."""
    given = torch.tensor(sure)
    pixels = np.arange(len(sure), dtype=np.uint8).reshape(-1, 1, 1, 1)
    network = Does(lambda x: given[(x.flatten() * 255).round().long()].log())
    classes = tuple("abcdefghij"[: given.shape[1]])
    return evaluate_network(network, Images(pixels, np.array(labels)), classes, outputs=LOG_PROBABILITIES)


@given(st.integers(2, 9), st.integers(1, 40), st.integers(0, 9999))
def test_figures_are_those_of_scikit_learn(classes: int, count: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    sure = chance.dirichlet(np.ones(classes), count)
    labels = chance.integers(0, classes, count)
    result = _answers(sure.tolist(), labels.tolist())
    said, every = sure.argmax(1), list(range(classes))
    of_each = metrics.precision_recall_fscore_support(labels, said, labels=every, zero_division=0.0)
    for column, name in zip(of_each, ("precision", "recall", "f1", "images"), strict=True):
        own = [getattr(scores, name) or 0 for scores in result.scores.values()]
        assert own == pytest.approx(column.tolist())
    assert result.macro_f1 == pytest.approx(metrics.f1_score(labels, said, average="macro", zero_division=0.0))
    assert result.loss == pytest.approx(metrics.log_loss(labels, sure, labels=every), rel=1e-3)
    if classes > 5:
        assert result.top_5 == pytest.approx(metrics.top_k_accuracy_score(labels, sure, k=5, labels=every))
    assert result.calibration_error == pytest.approx(expected_error(sure, labels), abs=1e-5)


def test_a_class_that_is_never_right_is_named_however_rare_it_is() -> None:
    result = _answers([[0.9, 0.05, 0.05]] * 99 + [[0.8, 0.1, 0.1]], [0] * 98 + [1, 2])
    assert result.accuracy == 0.98
    assert result.never_right == ("b", "c")
    said = "b (1 images), c (1 images) are never right, 2 classes of 3; an accuracy of 98.00% hides that"
    assert result.warning() == said
    assert result.as_json()["never_right"] == ["b", "c"]


def test_of_equal_answers_the_first_stands_first() -> None:
    result = _answers([[1 / 8] * 8] * 2, [4, 5])
    assert result.places.tolist() == [4, 5]
    assert result.top_5 == 0.5


def test_the_document_has_all_of_it_and_is_json() -> None:
    document = json.loads(json.dumps(_evaluation().as_json(), allow_nan=False))
    assert document["classes"]["zero"] == {"images": 200, "precision": 1.0, "recall": 0.5, "f1": 2 / 3}
    assert {
        "macro_f1",
        "loss",
        "calibration_error",
        "test_top_5_accuracy",
        "confusion",
        "never_right",
    } <= document.keys()


def test_each_of_the_worst_mistakes_is_a_picture_that_says_what_it_is(tmp_path: Path) -> None:
    result = dataclasses.replace(_evaluation(), classes=("a/b", "one", "two"))
    assert write_mistakes(result, tmp_path / "worst") == 100
    first = tmp_path / "worst" / "001 a_b, said one, 100%.png"
    assert np.array_equal(np.asarray(Image.open(first)), result.pixels[1][..., 0])


def test_a_mistake_says_which_file_it_is(tmp_path: Path) -> None:
    result = _evaluation()
    files = np.array([f"photos/zero/holiday {n}.jpg" for n in range(len(result.labels))], object)
    write_mistakes(dataclasses.replace(result, names=files), tmp_path)
    assert (tmp_path / "001 zero, said one, 100%, holiday 1.png").is_file()
    with (tmp_path / "mistakes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), rows[0]["file"], rows[0]["said"]) == (100, "photos/zero/holiday 1.jpg", "one")


def test_the_names_of_files_stay_with_their_pictures(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for n in range(6):
            Image.fromarray(np.full((20, 20), 20 * n + (name == "b"), np.uint8)).save(tmp_path / name / f"{n}.png")
    data = load(str(tmp_path), size=(16, 16))
    for part in (*data.parts(), data.everything(), data.labelled_as(("x", "b", "a")).train):
        assert part.names is not None
        shown = [f"{'ab'[int(p[0, 0, 0]) % 2]}/{p[0, 0, 0] // 20}.png" for p in part.pixels]
        assert [name.removeprefix(f"{tmp_path}/") for name in part.names] == shown
