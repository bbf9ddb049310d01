"""Filters over time: a picture of a real film, and what is no filter is said."""

import pytest

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.learning import Film, learn
from fivebyfive.training.recipe import get
from fivebyfive.training.run import train
from fivebyfive.views.growing import ROWS, filters_over_time


@pytest.fixture(scope="module", params=["quick", pytest.param("conv_net", marks=pytest.mark.exhaustive)])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Film:
    place = tmp_path_factory.mktemp("film") / "run"
    train(request.param, digits, get("quick", samples=2_000), out=place)
    return learn(place)


def test_a_row_a_frame_from_the_first_to_the_last_and_a_column_a_filter(film: Film) -> None:
    name = {"quick": "convolution.weight", "conv_net": "weights.wc1"}[film.network]
    figure = filters_over_time(film, name)
    labels = [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()]
    assert (labels[0], labels[-1]) == ("0", f"{film.steps[-1]:,}")
    assert 2 <= len(labels) <= ROWS
    assert len(figure.axes) == 24 * len(labels)
    drawn = figure.axes[-24].images[0].get_array()
    held = film.weights(name, -1)
    assert held is not None
    assert drawn is not None
    first = held[:, :, 0, 0] if film.network == "conv_net" else held[0, 0]
    assert (drawn == first.numpy()).all()


def test_what_is_no_filter_is_said(film: Film) -> None:
    matrix = next(name for name, shape in film.shapes.items() if len(shape) == 2)
    filters = next(name for name, shape in film.shapes.items() if len(shape) == 4)
    with pytest.raises(InputError, match="filters"):
        filters_over_time(film, matrix)
    with pytest.raises(InputError, match="look at channels 0–"):
        filters_over_time(film, filters, channel=99)
    with pytest.raises(InputError, match="none of the network's tensors"):
        filters_over_time(film, "nothing.weight")
