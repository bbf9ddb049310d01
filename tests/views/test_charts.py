"""The pictures of a training and of an evaluation, whatever there is to show."""

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.figure import Figure
from PIL import Image

from fivebyfive.evaluation import Evaluation
from fivebyfive.progress import Look, Progress
from fivebyfive.views import charts


def history(*losses: float) -> list[Progress]:
    return [Progress(n, 128 * n, loss, 1 - 1 / n, float(n)) for n, loss in enumerate(losses, 1)]


def evaluation(classes: tuple[str, ...], said: list[int], pixels: npt.NDArray[np.uint8]) -> Evaluation:
    """Images of the classes in turn, and what was said of each."""
    labels, answers = np.arange(len(said)) % len(classes), np.array(said)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    confidence = np.linspace(1.0, 0.5, len(said), dtype=np.float32)
    places = (answers != labels).astype(np.int64)
    return Evaluation(classes, pixels, confusion, labels, answers, confidence, places, confidence, 1.0)


def texts(figure: Figure) -> list[str]:
    said = [t.get_text() for axes in figure.axes for t in axes.texts]
    titles = [axes.get_title(loc) for axes in figure.axes for loc in ("left", "center")]
    lines = [str(line.get_label()) for axes in figure.axes for line in axes.lines]
    return [*said, *titles, *lines, figure.get_suptitle()]


def test_the_curve_begins_and_ends_where_the_losses_do_and_passes_over_a_jump() -> None:
    losses = [9.0, 8.0, 7.0, 100.0, 6.0, 5.0, 4.0]
    loss, accuracy = charts.curves(history(*losses), 128).axes
    curve = np.asarray(loss.lines[1].get_ydata())
    assert (curve[0], curve[-1]) == (9.0, 4.0)
    assert curve.max() == 9.0
    assert np.asarray(loss.lines[0].get_ydata()).tolist() == losses
    assert np.asarray(accuracy.lines[0].get_xdata())[-1] == 7 * 128


@pytest.mark.parametrize(
    ("losses", "scale"), [((25574.7, 900.0, 0.3), "log"), ((2.3, 2.2), "linear"), ((3.0, 0.0), "linear")]
)
def test_losses_have_a_logarithmic_scale_where_they_span_much(losses: tuple[float, ...], scale: str) -> None:
    assert charts.curves(history(*losses), 128).axes[0].get_yscale() == scale


def test_a_training_of_which_nothing_was_logged_says_so() -> None:
    assert texts(charts.curves([], 128)).count("no step was logged") == 2


def test_the_matrix_holds_every_number_and_the_mistakes_stand_out() -> None:
    figure = charts.confusion(evaluation(("cat", "dog"), [0, 1, 0, 0, 1, 1], np.zeros((6, 4, 4, 1), np.uint8)))
    said = texts(figure)
    assert [said.count(n) for n in ("2", "1")] == [2, 2]
    assert "66.67% right: 2 of 6 images misread" in said
    painted = figure.axes[0].images[0].get_array()
    assert np.ma.getmaskarray(np.asanyarray(painted)).tolist() == [[True, False], [False, True]]


def test_mistakes_are_shown_the_surest_first_with_what_they_show_and_what_was_said() -> None:
    figure = charts.mistakes(evaluation(("cat", "dog"), [1, 1, 0, 0], np.zeros((4, 4, 4, 3), np.uint8)))
    said = texts(figure)
    assert [t for t in said if "→" in t] == [
        "cat → dog", "dog → cat", "Misread: what it shows → what the network said (all 2)"
    ]  # fmt: skip
    assert [t for t in said if t.endswith(" sure")] == ["100% sure", "50% sure"]


def test_light_ink_on_black_is_shown_as_dark_ink_on_white_and_photos_as_they_are() -> None:
    ink, photo = np.zeros((2, 8, 8, 1), np.uint8), np.full((2, 8, 8, 1), 120, np.uint8)
    ink[:, 3:5] = 255
    maps = [charts.mistakes(evaluation(("a", "b"), [1, 0], p)).axes[0].images[0].cmap.name for p in (ink, photo)]
    assert maps == ["gray_r", "gray"]


@pytest.mark.parametrize("classes", [("a", "b"), ("猫", "$x_1$"), tuple(f"a rather long name {n}" for n in range(120))])
def test_any_classes_make_pictures_without_a_word(tmp_path: Path, classes: tuple[str, ...]) -> None:
    result = evaluation(classes, [1, 0] * 60, np.zeros((120, 20, 60, 1), np.uint8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (charts.confusion(result), charts.mistakes(result), charts.curves(history(1.0), 9)):
            charts.write(figure, tmp_path / "picture")
            with Image.open(tmp_path / "picture") as picture:
                assert picture.format == "PNG"
                assert max(picture.size) < 4000


def test_a_short_run_shows_what_its_looks_said() -> None:
    looks = [Look(step, step * 100, loss, 0.5, 0.5, 1.0) for step, loss in ((1, 2.0), (2, 1.5))]
    said = texts(charts.curves([], 100, looks))
    assert "no step was logged" not in said
    assert {"Loss (cross entropy)", "Accuracy", "on the validation images"} <= set(said)
    assert "on the batches" not in said
