"""How much a frame keeps: small tensors whole, an even sample of large ones, and never more than there is room for."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fivebyfive.networks import build, members
from fivebyfive.networks.ensemble import Ensemble
from fivebyfive.training import keeping, loop, recipe
from fivebyfive.training.frames import BYTES, FRAMES, planned
from fivebyfive.training.keeping import ADAMW, MUON, SAMPLE, Keeping, Part


def kept_of(network: nn.Module, name: str = "classic") -> Keeping:
    return keeping.keeping(network, loop.optimizer_for(network, recipe.get(name)), FRAMES)


def planned_bytes(network: nn.Module, name: str) -> int:
    """Of a whole film of `network`, its pictures and names left out."""
    kept, chosen = kept_of(network, name), recipe.get(name)
    steps = planned(FRAMES, chosen.steps())
    whole = len(keeping.whole_steps(kept, steps, FRAMES)) * sum(part.size for part in kept.large) * 2
    return whole + len(steps) * (kept.numbers * 10 + kept.numbers_of_state * 4)


def test_of_the_posts_network_all_is_kept_in_every_frame_but_the_large_matrix() -> None:
    kept = kept_of(build("conv_net"))
    assert {part.name: part.kept for part in kept.large} == {"weights.wd1": SAMPLE}
    assert kept.numbers == 800 + 51_200 + 10_240 + 32 + 64 + 1_024 + 10 + SAMPLE
    steps = planned(FRAMES, recipe.get("classic").steps())
    whole = keeping.whole_steps(kept, steps, FRAMES)
    assert (whole[0], whole[-1], len(whole)) == (0, steps[-1], 3)


@pytest.mark.parametrize(
    ("network", "name"), [("conv_net", "classic"), ("quick", "quick"), ("best", "best"), ("perceptron", "good")]
)
def test_a_film_has_at_most_sixty_megabytes(network: str, name: str) -> None:
    assert 0 < planned_bytes(build(network), name) <= BYTES


def test_a_network_of_thousands_of_large_tensors_keeps_a_little_of_each() -> None:
    network = nn.ParameterList(nn.Parameter(torch.zeros(5_000)) for _ in range(2_000))
    kept = kept_of(network)
    assert {part.kept for part in kept.parts} <= set(range(20, 50))
    assert planned_bytes(network, "classic") <= BYTES


def test_a_network_too_large_to_be_kept_whole_even_once_is_never() -> None:
    with torch.device("meta"):
        network = nn.Linear(8_000, 8_000)
    kept = kept_of(network)
    assert {part.name: part.kept for part in kept.parts} == {"weight": SAMPLE, "bias": 8_000}
    assert keeping.whole_steps(kept, (0, 1, 2), FRAMES) == ()
    assert keeping.in_words(kept, 0) == (
        "the film keeps 4,096 of the 64,000,000 numbers of weight in every frame, and it never whole"
    )


def test_what_a_film_leaves_out_is_one_sentence_and_nothing_where_it_leaves_nothing_out() -> None:
    assert keeping.in_words(kept_of(build("quick")), 0) is None
    assert keeping.in_words(kept_of(build("perceptron")), 1) == (
        "the film keeps 4,096 of the 200,704 numbers of weights.h1 and 1 more in every frame, and them whole in 1 frame"
    )


def test_what_muon_trains_is_told_from_the_rest_in_every_member() -> None:
    network = Ensemble([build("quick"), build("quick")])
    kept = kept_of(network, "quick")
    by_muon = {part.name for part in kept.parts if part.optimizer == MUON}
    assert by_muon == {f"members.{n}.{name}.weight" for n in (0, 1) for name in ("convolution", "hidden")}
    assert {part.name for part in kept.by_adamw} == {p.name for p in kept.parts if p.optimizer == ADAMW}
    assert {name for name, _ in kept.state or ()} == {
        f"members.{n}.{norm}.{name}"
        for n in range(len(members(network)))
        for norm in ("norm", "hidden_norm")
        for name in ("running_mean", "running_var", "num_batches_tracked")
    }


@given(rows=st.integers(1, 300), columns=st.integers(1, 300), share=st.floats(0.001, 1.0))
def test_a_sample_is_spread_evenly_and_has_no_number_twice(rows: int, columns: int, share: float) -> None:
    part = Part("w", (rows, columns), max(1, int(rows * columns * share)), ADAMW)
    indices = part.indices
    assert (indices.dtype, indices.shape) == (torch.int64, (part.kept,))
    assert indices[0] >= 0
    assert indices[-1] < part.size
    if part.size >= 2 * part.kept or part.whole:
        assert (indices.diff() > 0).all()
    stretch = part.size / part.kept
    assert (indices.double() // stretch - torch.arange(part.kept)).abs().max() <= 1


def test_a_sample_of_the_large_matrix_meets_every_column_alike() -> None:
    part = Part("wd1", (3136, 1024), SAMPLE, ADAMW)
    rows, columns = part.indices // 1024, part.indices % 1024
    assert len(set(rows.tolist())) > 2_500
    assert columns.bincount(minlength=1024).reshape(16, 64).sum(1).tolist() == pytest.approx([256] * 16, rel=0.2)


@pytest.mark.parametrize(
    ("samples", "batch", "picture", "pictures", "expected"),
    [(200_000, 128, 784, 5_000, 64), (26_000, 192, 784, 5_000, 25), (100, 10, 784, 20, 8), (200_000, 128, 784, 5, 5),
     (200_000, 128, 150_528, 5_000, 13), (200_000, 128, 48_000_000, 5_000, 1)],
)  # fmt: skip
def test_a_frame_shows_as_many_pictures_as_there_is_time_and_room_for(
    samples: int, batch: int, picture: int, pictures: int, expected: int
) -> None:
    chosen = recipe.get("classic", samples=samples, batch_size=batch)
    assert keeping.probes(chosen, FRAMES, picture, pictures) == expected
