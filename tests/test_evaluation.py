"""Evaluation: its figures follow from what was said."""

import numpy as np
import pytest
import torch
from torch import nn

from fivebyfive.datasets import Dataset, Images
from fivebyfive.errors import InputError
from fivebyfive.evaluation import NO_NUMBER, Evaluation, evaluate
from fivebyfive.views import charts


class SaysTheBrightestRow(nn.Module):
    """Reads pictures of one bright row each: class n is row n."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 20 * x[:, 0].mean(2)[:, :3]


def _evaluation() -> Evaluation:
    labels = np.array([0, 0, 1, 1, 1, 2] * 100)
    shown = np.array([0, 1, 1, 1, 1, 2] * 100)  # one zero in two looks like a one
    pixels = np.zeros((600, 4, 4, 1), np.uint8)
    pixels[np.arange(600), shown] = 255
    return evaluate(SaysTheBrightestRow(), Images(pixels, labels), ("zero", "one", "two"))


def test_accuracy_confusion_and_mistakes_agree() -> None:
    result = _evaluation()
    assert result.accuracy == 5 / 6
    assert result.accuracy_first_256 == np.mean(result.said[:256] == result.labels[:256])
    assert result.confusion.tolist() == [[100, 100, 0], [0, 300, 0], [0, 0, 100]]
    assert result.per_class == {"zero": 0.5, "one": 1.0, "two": 1.0}
    assert result.mistakes.tolist() == list(range(1, 600, 6))


def test_a_class_without_images_has_no_accuracy() -> None:
    images = Images(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]))
    assert evaluate(SaysTheBrightestRow(), images, ("zero", "one", "two")).per_class["two"] is None


def test_the_network_is_left_in_the_mode_it_was_in(digits: Dataset) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10))
    network.train()
    first = evaluate(network, digits.test[:300], digits.classes)
    assert network.training
    assert np.array_equal(first.said, evaluate(network, digits.test[:300], digits.classes).said)


def test_pictures_are_drawn_for_any_number_of_mistakes() -> None:
    result = _evaluation()
    assert len(charts.mistakes(result).axes) == 60
    assert charts.confusion(result).axes[0].get_title(loc="left") == "83.33% right: 100 of 600 images misread"
    pixels, two = np.zeros((2, 4, 4, 1), np.uint8), np.arange(2)
    perfect = Evaluation(("a", "b"), pixels, np.eye(2, dtype=np.int64), two, two, np.ones(2, np.float32), 1.0)
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
    result = evaluate(SaysNoNumberOfTheFirst(), Images(pixels, labels), ("zero", "one", "two"))
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

    result = evaluate(Large(), Images(np.zeros((2, 4, 4, 1), np.uint8), np.array([1, 1])), ("a", "b", "c"))
    assert (result.accuracy, result.unanswered, result.confidence.tolist()) == (1.0, 0, [1.0, 1.0])


def test_no_images_are_an_error() -> None:
    with pytest.raises(InputError, match="no images"):
        evaluate(
            SaysTheBrightestRow(), Images(np.zeros((0, 4, 4, 1), np.uint8), np.zeros(0, np.int64)), ("a", "b", "c")
        )
