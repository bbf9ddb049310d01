"""The module that TensorFlow 2 has dropped: MNIST as ``input_data.read_data_sets`` gave it."""

import numpy as np
import pytest

from fivebyfive.explain.sources.tensorflow.standing_in import read_data_sets


def test_the_parts_are_those_of_the_old_module() -> None:
    mnist = read_data_sets("anywhere", one_hot=True)
    assert [part.num_examples for part in (mnist.train, mnist.validation, mnist.test)] == [55_000, 5_000, 10_000]
    assert mnist.train.images.shape == (55_000, 784)
    assert mnist.train.images.dtype == np.float32
    assert (mnist.train.images.min(), mnist.train.images.max()) == (0.0, 1.0)
    assert mnist.test.labels.shape == (10_000, 10)
    assert list(mnist.test.labels[:3].argmax(1)) == [7, 2, 1]
    assert list(mnist.validation.labels[:5].argmax(1)) == [5, 0, 4, 1, 9]


def test_labels_may_be_numbers_and_images_pictures() -> None:
    mnist = read_data_sets("anywhere", reshape=False, validation_size=0)
    assert mnist.train.images.shape == (60_000, 28, 28, 1)
    assert list(mnist.train.labels[:3]) == [5, 0, 4]
    assert mnist.train.labels.dtype == np.uint8


@pytest.mark.parametrize("size", [100, 128])
def test_an_epoch_shows_every_image_once(size: int) -> None:
    train = read_data_sets("anywhere").test
    seen = np.concatenate([train.next_batch(size)[0].sum(1) for _ in range(-(-10_000 // size))])
    assert np.allclose(np.sort(seen[:10_000]), np.sort(train.images.sum(1)), rtol=1e-4)
    assert train.epochs_completed == (0 if 10_000 % size == 0 else 1)
    assert len(train.next_batch(size)[0]) == size
