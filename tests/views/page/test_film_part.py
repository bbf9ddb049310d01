"""A film as the page reads it: what is written comes out again, as nearly as is promised."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fivebyfive.views.page import film
from fivebyfive.views.page.envelope import pack, unpack

RNG = np.random.default_rng(0)
LAYER = film.Layer("conv", (3, 2, 2, 2))


def _about() -> film.About:
    pictures = RNG.integers(0, 256, (4, 5, 6, 1), np.uint8)
    return film.About("net", "quick", ("a", "b"), 90, 8, (LAYER,), pictures, np.array([0, 1, 1, 0]))


def _frame(step: int, weights: npt.NDArray[np.float32]) -> film.Frame:
    answers = np.full((4, 2), 0.5, np.float32)
    maps = {"conv": RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)}
    moments = {("gradient", "conv"): np.full(LAYER.shape, step * 1e-9, np.float32)}
    return film.Frame(step, 0.1, answers, {"conv": weights}, maps, moments, 1.0, float("nan"))


def _summed(coded: npt.NDArray[np.uint16], size: float) -> npt.NDArray[np.float64]:
    zigzag = coded.astype(np.int64)
    return ((zigzag >> 1) ^ -(zigzag & 1)).cumsum(0) * size


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=3), elements=st.floats(-1e6, 1e6, width=32)))
def test_changes_add_up_to_the_numbers(values: npt.NDArray[np.float32]) -> None:
    coded, size = film.changes(values, film.FINE)
    largest = np.abs(values.astype(np.float64)).max()
    assert np.abs(_summed(coded, size) - values).max() <= largest / film.FINE * 0.501


@given(arrays(np.float32, (2, 3), elements=st.sampled_from([np.nan, np.inf, -np.inf, 1.0])))
def test_what_is_no_number_stays_out(values: npt.NDArray[np.float32]) -> None:
    coded, size = film.changes(values, film.FINE)
    assert np.isfinite(_summed(coded, size)).all()


def test_a_film_holds_every_frame() -> None:
    frames = [_frame(step, RNG.normal(size=LAYER.shape).astype(np.float32)) for step in (0, 1, 5)]
    part = unpack(
        pack(film.film(_about(), frames, [(1, 2.0, 0.5), (2, float("inf"), 0.5)], [(2, 1.0, 0.6)]), planes=True)
    )
    said = part.fields["film"]
    assert [frame["step"] for frame in said["frames"]] == [0, 1, 5]
    assert said["frames"][0]["accuracy"] is None
    assert said["history"] == [[1, 2.0, 0.5], [2, None, 0.5]]
    assert said["looks"] == [[2, 1.0, 0.6]]
    assert said["about"]["layers"] == [{"name": "conv", "shape": [3, 2, 2, 2], "picture": False}]
    weights = _summed(part.buffers["film/weight/0"], said["coded"]["film/weight/0"])
    np.testing.assert_allclose(weights[2], frames[2].weights["conv"], atol=2e-3)
    np.testing.assert_array_equal(part.buffers["film/gradient/0"][2], frames[2].moments["gradient", "conv"])
    moved = part.buffers["film/maps/0"].astype(np.int64)
    levels = ((moved >> 1) ^ -(moved & 1)).cumsum(0) % 256 - 128
    maps = levels / film.COARSE * part.buffers["film/maps-range/0"][..., None, None, None]
    np.testing.assert_allclose(maps[1], frames[1].maps["conv"], atol=0.03)


def test_a_frame_that_goes_on_is_one_frame() -> None:
    weights = RNG.normal(size=LAYER.shape).astype(np.float32)
    part = unpack(pack(film.frame(_about(), _frame(7, weights))))
    assert "about" not in part.fields["film"]
    assert part.buffers["film/weight/0"].shape == (1, *LAYER.shape)
    np.testing.assert_allclose(part.buffers["film/weight/0"][0], weights, rtol=1e-3)
    assert part.buffers["film/maps/0"].shape == (1, 2, 3, 4, 5)
    assert np.abs(part.buffers["film/maps/0"].astype(int) - 128).max(initial=0) == film.COARSE


def test_a_frame_without_answers_has_none() -> None:
    at = film.Frame(7, 0.1, None, {"conv": np.zeros(LAYER.shape, np.float32)})
    assert set(film.frame(_about(), at).buffers) == {"film/weight/0"}
