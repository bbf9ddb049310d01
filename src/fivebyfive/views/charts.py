"""Pictures of a training and of an evaluation, drawn with matplotlib: curves, confusion, mistakes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from fivebyfive.evaluation import Evaluation
from fivebyfive.training.loop import Progress

INK, LOSS, ACCURACY, RIGHT, WRONG = "#1c2733", "#d1495b", "#00798c", "#00798c", "#d1495b"
MOST_MISTAKES = 60


def curves(history: Sequence[Progress], batch_size: int) -> Figure:
    """Loss and accuracy of the batches against the images seen, with a running median over what jumps about."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    samples = np.array([p.samples for p in history])
    parts = (
        ("Loss of the batch (cross entropy)", LOSS, [p.loss for p in history]),
        ("Accuracy on the batch", ACCURACY, [p.accuracy for p in history]),
    )
    for axes, (title, color, values) in zip(figure.subplots(1, 2), parts, strict=True):
        axes.plot(samples, values, ".", color=color, alpha=0.35, markersize=4)
        axes.plot(samples, _running_median(np.array(values)), color=color, linewidth=2)
        axes.set_title(title, loc="left", color=INK)
        axes.set_xlabel(f"images seen, {batch_size} a step")
        axes.xaxis.set_major_formatter(lambda x, _: f"{x / 1000:g}k" if x else "0")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    loss, accuracy = figure.axes
    if history and min(p.loss for p in history) > 0:
        loss.set_yscale("log")
    accuracy.set_ylim(min((p.accuracy for p in history), default=0), 1.005)
    accuracy.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
    return figure


def confusion(evaluation: Evaluation) -> Figure:
    """The confusion matrix: rows show what an image is, columns what the network said; mistakes stand out."""
    count = len(evaluation.classes)
    figure = Figure(figsize=(max(5.0, 0.6 * count), max(4.6, 0.55 * count)), layout="constrained")
    axes = figure.subplots()
    mistakes = evaluation.confusion.astype(float)
    np.fill_diagonal(mistakes, np.nan)
    highest = max(1.0, float(np.nanmax(mistakes))) if count > 1 else 1.0
    axes.imshow(mistakes, cmap="Reds", vmin=0, vmax=highest)
    if count <= 30:
        for (row, column), n in np.ndenumerate(evaluation.confusion):
            right = row == column
            bright = not right and n > 0.6 * highest
            color = RIGHT if right else "white" if bright else INK if n else "#c5ccd3"
            axes.text(column, row, f"{n:,}", ha="center", va="center", color=color, fontsize=8)
    axes.set_xticks(range(count), evaluation.classes, rotation=0 if max(map(len, evaluation.classes)) < 4 else 60)
    axes.set_yticks(range(count), evaluation.classes)
    axes.set_xlabel("the network said")
    axes.set_ylabel("the image shows")
    wrong = len(evaluation.mistakes)
    title = f"{evaluation.accuracy:.2%} right: {wrong:,} of {len(evaluation.labels):,} images misread"
    axes.set_title(title, loc="left", color=INK)
    return figure


def mistakes(evaluation: Evaluation) -> Figure:
    """The images that were named wrongly, the most confident mistake first: what each shows → what was said."""
    chosen = evaluation.mistakes[:MOST_MISTAKES]
    columns = 10
    rows = max(1, -(-len(chosen) // columns))
    figure = Figure(figsize=(columns, 0.6 + 1.35 * rows), layout="constrained")
    for axes in np.atleast_1d(figure.subplots(rows, columns)).flat:
        axes.axis("off")
    for axes, index in zip(figure.axes, chosen, strict=False):
        picture = evaluation.pixels[index]
        axes.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray_r", vmin=0, vmax=255)
        shows, said = evaluation.classes[evaluation.labels[index]], evaluation.classes[evaluation.said[index]]
        axes.set_title(f"{shows} → {said}\n{evaluation.confidence[index]:.0%}", fontsize=9, color=WRONG)
    total = len(evaluation.mistakes)
    shown = f"the {len(chosen)} surest of {total:,}" if total > len(chosen) else f"all {total}"
    figure.suptitle(f"Misread: what it shows → what the network said, how sure ({shown})", color=INK, fontsize=11)
    return figure


def write(figure: Figure, path: Path) -> None:
    """Save `figure` as PNG, whatever `path` is called."""
    figure.savefig(path, format="png", dpi=130)


def _running_median(values: npt.NDArray[np.float64], width: int = 9) -> list[float]:
    half = width // 2
    return [float(np.median(values[max(0, i - half) : i + half + 1])) for i in range(len(values))]
