"""Matplotlib, imported without the ``matplotlibrc`` of the current folder, which could come with somebody's pictures.

Matplotlib reads it ahead of the user's own one, once, when it is imported, and parts of it are evaluated.

Source: https://matplotlib.org/stable/users/explain/customizing.html#the-matplotlibrc-file
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path


@contextmanager
def _elsewhere() -> Iterator[None]:
    """In this file's own folder, if the current one has a matplotlibrc that would be read."""
    if "matplotlib" in sys.modules or not os.path.lexists("matplotlibrc"):
        yield
        return
    with chdir(Path(__file__).parent):
        yield


@contextmanager
def _quietly() -> Iterator[None]:
    """Without its warnings: where no home folder can be written, it makes do with a temporary one, and says so."""
    logger = logging.getLogger("matplotlib")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


with _elsewhere(), _quietly():
    import matplotlib.axes
    import matplotlib.colors
    import matplotlib.figure

Axes = matplotlib.axes.Axes
Figure = matplotlib.figure.Figure
LinearSegmentedColormap = matplotlib.colors.LinearSegmentedColormap
