"""Pictures of a training and of an evaluation, drawn with matplotlib: curves, confusion, mistakes."""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fivebyfive.evaluation import NO_NUMBER, Evaluation
from fivebyfive.progress import Look, Progress
from fivebyfive.text import printable
from fivebyfive.views.plotting import Axes, Figure, LinearSegmentedColormap

INK, QUIET, PAPER, RIGHT, WRONG = "#1c2733", "#6b7785", "#f4f6f8", "#00798c", "#d1495b"
MISTAKEN = LinearSegmentedColormap.from_list("mistaken", ["#f7d9dd", WRONG, "#8c1c2e"])
MOST_MISTAKES, COLUMNS = 60, 10
MOST_NUMBERS = 30
"""From more classes on, numbers in a matrix are too small to be read."""
LONGEST_NAME = 14


def curves(history: Sequence[Progress], batch_size: int, looks: Sequence[Look] = ()) -> Figure:
    """Loss and accuracy of the batches against the images seen, with a running median over what jumps about; and of the
    looks at the validation images, the best of them in a ring.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    samples = np.array([p.samples for p in history])
    of, on = ("", "") if looks else (" of the batch", " on the batch")
    parts = (
        (f"Loss{of} (cross entropy)", WRONG, np.array([p.loss for p in history])),
        (f"Accuracy{on}", RIGHT, np.array([p.accuracy for p in history])),
    )
    looked = (np.array([k.validation_loss for k in looks]), np.array([k.validation_accuracy for k in looks]))
    for axes, (title, color, values), validation in zip(figure.subplots(1, 2), parts, looked, strict=True):
        axes.plot(samples, values, ".", color=color, alpha=0.35, markersize=5, markeredgewidth=0)
        axes.plot(
            samples,
            _running_median(values),
            color=color,
            linewidth=2,
            solid_capstyle="round",
            label="on the batches" if history else None,
        )
        if looks:
            _draw_looks(axes, looks, validation)
        _title(axes, title)
        axes.set_xlabel(f"images seen, {batch_size} a step", color=QUIET)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x / 1000:,g}k" if x >= 1000 else f"{x:g}")
        axes.set_xlim(left=0)
        axes.grid(color=INK, alpha=0.1)
        axes.tick_params(colors=QUIET, length=0)
        axes.spines[:].set_visible(False)
        if not history and not looks:
            axes.text(0.5, 0.5, "no step was logged", transform=axes.transAxes, ha="center", color=QUIET)
            axes.set(xticks=[], yticks=[])
    loss, accuracy = figure.axes
    if history or looks:
        _scale_of_losses(loss, np.concatenate([parts[0][2], looked[0]]))
        accuracy.set_ylim(min([*parts[1][2], *looked[1]]) - 0.02, 1.02)
    accuracy.yaxis.set_major_formatter(lambda y, _: f"{y:.4g}%" if 0 <= (y := 100 * y) <= 100 else "")
    return figure


def _draw_looks(axes: Axes, looks: Sequence[Look], values: npt.NDArray[np.float64]) -> None:
    samples = [look.samples for look in looks]
    axes.plot(samples, values, "o-", color=INK, linewidth=1.5, markersize=4, label="on the validation images")
    best = max(range(len(looks)), key=lambda n: looks[n].merit)
    axes.plot(samples[best], values[best], "o", color=INK, markersize=10, fillstyle="none", label="the best look")
    axes.legend(frameon=False, labelcolor=QUIET, fontsize=9)


def _scale_of_losses(axes: Axes, losses: npt.NDArray[np.float64]) -> None:
    """Logarithmic where losses span so much that a plain scale would hide their end; with plain numbers beside it."""
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.6g}")
    lowest, highest = float(losses.min()), float(losses.max())
    if lowest <= 0 or highest < 4 * lowest:
        axes.set_ylim(bottom=0, top=1.08 * highest or 1.0)
        return
    axes.set_yscale("log")
    marks = [
        m * 10.0**n for n in range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest))) for m in (1, 2, 5)
    ]
    axes.set_yticks([m for m in marks if lowest / 1.5 <= m <= highest * 1.5], minor=False)
    axes.set_yticks([], minor=True)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.6g}")


def confusion(evaluation: Evaluation) -> Figure:
    """The confusion matrix: rows show what an image is, columns what the network said; mistakes stand out."""
    names = [_short(name) for name in evaluation.classes]
    count, longest = len(names), max(map(len, names))
    side = min(14.0, max(4.0, 0.55 * count))
    figure = Figure(figsize=(side + 1.0 + 0.08 * longest, side + 1.0 + 0.06 * longest), layout="constrained")
    axes = figure.subplots()
    mistakes = np.ma.masked_less(evaluation.confusion * (1.0 - np.eye(count)), 1.0)
    highest = max(1.0, float(mistakes.max() or 0.0)) if mistakes.count() else 1.0
    axes.set_facecolor(PAPER)
    axes.imshow(mistakes, cmap=MISTAKEN, vmin=0, vmax=highest)
    if count <= MOST_NUMBERS:
        _write_numbers(axes, evaluation.confusion, highest)
    every = range(0, count, math.ceil(count / 60))
    axes.set_xticks(
        every,
        [names[n] for n in every],
        rotation=0 if longest < 4 else 60,
        ha="center" if longest < 4 else "right",
        rotation_mode="anchor",
    )
    axes.set_yticks(every, [names[n] for n in every])
    axes.set_xticks(np.arange(1, count) - 0.5, minor=True)
    axes.set_yticks(np.arange(1, count) - 0.5, minor=True)
    if count <= MOST_NUMBERS:
        axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0, labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("the network said", color=QUIET)
    axes.set_ylabel("the image shows", color=QUIET)
    wrong, total = len(evaluation.mistakes), len(evaluation.labels)
    _title(axes, f"{evaluation.accuracy:.2%} right: {wrong:,} of {total:,} images misread")
    return figure


def _write_numbers(axes: Axes, counts: npt.NDArray[np.int64], highest: float) -> None:
    for (row, column), n in np.ndenumerate(counts):
        if row == column:
            axes.text(column, row, f"{n:,}", ha="center", va="center", color=RIGHT, fontsize=8, fontweight="bold")
        elif n:
            color = "white" if n > 0.4 * highest else INK
            axes.text(column, row, f"{n:,}", ha="center", va="center", color=color, fontsize=8)


def mistakes(evaluation: Evaluation) -> Figure:
    """The images that were named wrongly, the most confident mistake first: what each shows → what was said."""
    chosen = evaluation.mistakes[:MOST_MISTAKES]
    longest = max(len(_short(name)) for name in evaluation.classes)
    columns = COLUMNS if longest < 5 else 6
    rows = max(1, -(-len(chosen) // columns))
    height, width = evaluation.pixels.shape[1:3]
    cell = 11.0 / columns
    figure = Figure(figsize=(11.0, 0.7 + rows * (cell * min(2.0, height / width) + 0.5)))
    figure.set_layout_engine("constrained", w_pad=0.06, h_pad=0.06)
    grid = np.atleast_1d(figure.subplots(rows, columns))
    colors = _pen(evaluation.pixels)
    for axes in grid.flat:
        axes.axis("off")
    for axes, index in zip(grid.flat, chosen, strict=False):
        picture = evaluation.pixels[index]
        axes.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap=colors, vmin=0, vmax=255)
        shows, said = (_class(evaluation, int(n[index])) for n in (evaluation.labels, evaluation.said))
        axes.set_title(f"{shows} → {said}", fontsize=10, color=WRONG, pad=14)
        sure = f"{evaluation.confidence[index]:.0%} sure" if evaluation.said[index] != NO_NUMBER else ""
        axes.annotate(
            sure, (0.5, 1.0), (0, 4), xycoords="axes fraction",
            textcoords="offset points", ha="center", fontsize=7.5, color=QUIET,
        )  # fmt: skip
    total = len(evaluation.mistakes)
    which = f"the {len(chosen)} surest of {total:,}" if total > len(chosen) else f"all {total}" if total else "none"
    figure.suptitle(f"Misread: what it shows → what the network said ({which})", x=0.01, ha="left", color=INK)
    return figure


def _class(evaluation: Evaluation, label: int) -> str:
    return "no number" if label == NO_NUMBER else _short(evaluation.classes[label])


def write(figure: Figure, path: Path) -> None:
    """Save `figure` as PNG, whatever `path` is called."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks; a box stands for each
        figure.savefig(path, format="png", dpi=130)


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", color=INK, fontsize=12, pad=10)


def _short(name: str) -> str:
    """`name`, cut where it is too long to stand beside a picture; a dollar is no formula."""
    name = printable(name)
    return (name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…").replace("$", r"\$")


def _pen(pixels: npt.NDArray[np.uint8]) -> str:
    """Grey pictures as they are; where black is their ground, as MNIST's, with dark ink on white."""
    return "gray_r" if float(np.median(pixels[:200])) < 64 else "gray"


def _running_median(values: npt.NDArray[np.float64], width: int = 9) -> list[float]:
    """Of each value and as many on either side, fewer towards the ends, so that the curve begins and ends in place."""
    last = len(values) - 1
    half = [min(width // 2, i, last - i) for i in range(len(values))]
    return [float(np.median(values[i - h : i + h + 1])) for i, h in enumerate(half)]
