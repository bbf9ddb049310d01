"""Where the post's vocabulary goes beyond the post, too, its values are TensorFlow's."""

import random

import pytest
import tensorflow as tf
import torch

from fivebyfive import ops


@pytest.mark.parametrize("seed", range(40))
def test_windows_of_all_sorts(seed: int) -> None:
    rng = random.Random(seed)
    height, width, channels, groups = rng.randint(8, 13), rng.randint(8, 13), rng.choice([2, 4, 6]), rng.choice([1, 2])
    kernel, stride = (rng.randint(1, 4), rng.randint(1, 4)), rng.randint(1, 3)
    dilation, padding = rng.choice([1, 2]) if stride == 1 else 1, rng.choice(["SAME", "VALID"])
    torch.manual_seed(seed)
    x = torch.randn(1, height, width, channels)
    filters, spread = torch.randn(*kernel, channels // groups, 8), torch.randn(*kernel, channels, 8)
    mean, variance, offset, scale = torch.randn(4, channels).abs().add(0.1).unbind()
    y = ops.conv2d(x, filters, stride, padding, dilation)
    whole = [1, height, width, channels]
    ours = [
        y,
        ops.conv2d_transpose(y, spread, whole, stride, padding, dilation),
        ops.avg_pool(x, [1, *kernel, 1], stride, padding),
        ops.max_pool(x, [1, *kernel, 1], stride, padding),
        ops.batch_normalization(x, mean, variance, offset, scale, 1e-3),
    ]
    image, maps = x.numpy(), y.numpy()
    theirs = [
        tf.nn.conv2d(image, filters.numpy(), stride, padding, dilations=dilation),
        tf.nn.conv2d_transpose(maps, spread.numpy(), whole, stride, padding, dilations=dilation),
        tf.nn.avg_pool2d(image, kernel, stride, padding),
        tf.nn.max_pool2d(image, kernel, stride, padding),
        tf.nn.batch_normalization(image, *(t.numpy() for t in (mean, variance, offset, scale)), 1e-3),
    ]
    for mine, its in zip(ours, theirs, strict=True):
        assert torch.allclose(mine, torch.from_numpy(its.numpy()), rtol=1e-4, atol=1e-4)
