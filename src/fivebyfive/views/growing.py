"""Filters growing out of noise: those of one layer, a row a frame of a training's film, drawn with matplotlib."""

from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.errors import InputError
from fivebyfive.views.plotting import Figure, LinearSegmentedColormap

if TYPE_CHECKING:
    from fivebyfive.learning import Film

COLORS = LinearSegmentedColormap.from_list("filters", ["#7f3b08", "#fdd096", "#faf9f6", "#9ecae1", "#08306b"])
"""Orange below zero, blue above, as on the page."""
MOST_FILTERS, ROWS = 24, 7


def filters_over_time(film: "Film", name: str, channel: int = 0) -> Figure:
    """The first filters of the weights `name`, each as it looks at input map `channel`, from noise to the end.

    Raises:
        InputError: there are no such weights, they are no filters, or there is no such map.
    """
    shape = film.shapes.get(name, ())
    first_filters = film.weights(name, 0)  # says which names there are
    if len(shape) != 4 or first_filters is None:
        raise InputError(f"{name} has shape {list(shape)}; filters [out, in, height, width] were expected")
    last = film.optimizer(name).inputs_first  # the post's filters: [height, width, in, out]
    channels = shape[2] if last else shape[1]
    if not 0 <= channel < channels:
        raise InputError(f"channel is {channel}; the filters of {name} look at channels 0–{channels - 1}")
    frames = np.unique(np.round(np.linspace(0, 1, ROWS) ** 2 * (len(film) - 1)).astype(int)).tolist()
    count = min(MOST_FILTERS, shape[3] if last else shape[0])
    figure = Figure(figsize=(11, 0.62 * len(frames) + 0.3), layout="constrained")
    grid = figure.subplots(len(frames), count, squeeze=False)
    for row, frame in zip(grid, frames, strict=True):
        held = film.weights(name, frame)
        assert held is not None
        filters = held[:, :, channel].permute(2, 0, 1) if last else held[:, channel]
        for axes, values in zip(row, filters[:count].numpy(), strict=True):
            largest = float(abs(values).max()) or 1.0
            axes.imshow(values, cmap=COLORS, vmin=-largest, vmax=largest)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(f"{film.steps[frame]:,}", rotation=0, ha="right", va="center", color="#6b7785")
    return figure
