"""Batches: every image once an epoch, no gap between epochs, and nothing to remember."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from fivebyfive.training.batches import Batches

sizes = st.integers(1, 60)


@given(images=sizes, size=sizes, seed=st.integers(0, 2**31 - 1))
def test_each_epoch_shows_every_image_once(images: int, size: int, seed: int) -> None:
    batches = Batches(images, size, seed)
    epochs = 3
    steps = -(-epochs * images // size)
    stream = torch.cat([batches[step] for step in range(steps)])
    for epoch in range(epochs):
        assert sorted(stream[epoch * images : (epoch + 1) * images].tolist()) == list(range(images))


@given(images=sizes, size=sizes, step=st.integers(0, 50))
def test_a_batch_follows_from_seed_and_step_alone(images: int, size: int, step: int) -> None:
    in_order = Batches(images, size, 3)
    for earlier in range(step):
        in_order[earlier]
    assert torch.equal(in_order[step], Batches(images, size, 3)[step])


def test_epochs_and_seeds_differ() -> None:
    first, second = Batches(1000, 1000, 0)[0], Batches(1000, 1000, 0)[1]
    assert not torch.equal(first, second)
    assert not torch.equal(first, Batches(1000, 1000, 1)[0])
