"""Parts of a picture folded into the batch, and operations of several tensors: each term is the value that it names."""

import random
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain import Step, Trace, explain
from sums import expect_true
from support import Does


def _trace(does: Callable[[Tensor], Tensor], *shape: int) -> Trace:
    torch.manual_seed(0)
    return explain(Does(does).double(), torch.rand(1, *shape, dtype=torch.float64))


def _expect_terms_and_sums(step: Step) -> None:
    rng = random.Random(step.index)
    height, width, channels = step.size
    anywhere = ((rng.randrange(height), rng.randrange(width), rng.randrange(channels)) for _ in range(12))
    expect_true(step, anywhere, known=True)


def _windows(x: Tensor) -> Tensor:
    return x.reshape(1, 3, 2, 8, 2, 8).permute(0, 2, 4, 1, 3, 5).reshape(4, 3, 8, 8)


def _lines(x: Tensor) -> Tensor:
    return x[0].permute(1, 0, 2)  # each row of the picture a signal of three channels


def _cubes(x: Tensor) -> Tensor:
    return x.reshape(1, 3, 2, 8, 16).permute(2, 1, 0, 3, 4).reshape(2, 3, 2, 4, 16)


def _weight(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


FOLDED: dict[str, Callable[[Tensor], Tensor]] = {
    "conv2d": lambda x: F.conv2d(_windows(x), _weight(4, 3, 3, 3), padding=1),
    "conv2d in groups": lambda x: F.conv2d(_windows(x), _weight(6, 1, 3, 3), stride=2, padding=1, groups=3),
    "conv_transpose2d": lambda x: F.conv_transpose2d(_windows(x), _weight(3, 2, 3, 3), stride=2, padding=1),
    "conv1d": lambda x: F.conv1d(_lines(x), _weight(5, 3, 3), padding=1),
    "conv_transpose1d": lambda x: F.conv_transpose1d(_lines(x), _weight(3, 5, 3), stride=2),
    "conv3d": lambda x: F.conv3d(_cubes(x), _weight(2, 3, 2, 3, 3)),
    "conv_transpose3d": lambda x: F.conv_transpose3d(_cubes(x), _weight(3, 2, 2, 2, 2), stride=2),
    "max_pool2d": lambda x: F.max_pool2d(_windows(x), 2),
    "max_pool1d": lambda x: F.max_pool1d(_lines(x), 3, padding=1),
    "max_pool3d": lambda x: F.max_pool3d(_cubes(x), 2),
    "avg_pool2d": lambda x: F.avg_pool2d(_windows(x), 3, 2, 1),
    "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(_windows(x), 3),
    "lp_pool2d": lambda x: F.lp_pool2d(_windows(x), 2, 2),
    "instance_norm": lambda x: F.instance_norm(_windows(x)),
    "group_norm": lambda x: F.group_norm(_windows(x), 3),
    "layer_norm": lambda x: F.layer_norm(_windows(x), (8,)),
    "batch_norm": lambda x: F.batch_norm(_windows(x), None, None, training=True),
    "local_response_norm": lambda x: F.local_response_norm(_windows(x), 2),
    "normalize": lambda x: F.normalize(_windows(x)),
    "interpolate": lambda x: F.interpolate(_windows(x), scale_factor=2, mode="bilinear"),
    "nearest": lambda x: F.interpolate(_windows(x), scale_factor=2),
    "mean": lambda x: _windows(x).mean((2, 3)),
    "largest": lambda x: _windows(x).amax(1),
    "pixel_shuffle": lambda x: F.pixel_shuffle(_windows(x).repeat(1, 4, 1, 1), 2),
    "heads": lambda x: x.reshape(3, 16, 16).bmm(x.reshape(3, 16, 16).transpose(1, 2)).softmax(-1),
}


@pytest.mark.parametrize("name", FOLDED)
def test_each_part_of_an_inner_batch_is_its_own_sum(name: str) -> None:
    for step in _trace(FOLDED[name], 3, 16, 16).steps:
        _expect_terms_and_sums(step)


OF_SEVERAL: dict[str, Callable[[Tensor], Tensor]] = {
    "baddbmm": lambda a: torch.baddbmm(a * 2, a + 1, a.transpose(1, 2), beta=0.5, alpha=3.0),
    "addmm": lambda a: torch.addmm(a[0] * 2, a[0] + 1, a[0].t(), alpha=2.0)[None],
    "addmv": lambda a: torch.addmv(a[0, 0] * 2, a[0] + 1, a[0, 1])[None],
    "maximum": lambda a: torch.maximum(a, a.flip(1)),
    "minimum": lambda a: torch.minimum(a.flip(2), a),
    "larger": lambda a: torch.max(a.flip(2), a),
    "where": lambda a: torch.where(a > 0.5, a * 2, a.flip(1)),
    "masked_fill": lambda a: a.masked_fill(a > 0.5, 0.25),
    "a constant first": lambda a: torch.maximum(torch.full((8, 8), 0.5, dtype=torch.float64), a),
    "filters of the picture": lambda a: F.conv2d(weight=a[None, :, :3, :3], input=(a * 2)[None]),
    "matmul": lambda a: (a + 1) @ a,
    "a matrix first": lambda a: _weight(4, 8) @ a,
    "glu": lambda a: F.glu(a + 1, 1),
}


@pytest.mark.parametrize("name", OF_SEVERAL)
def test_each_term_is_a_value_of_the_input_that_it_names(name: str) -> None:
    for step in _trace(lambda x: OF_SEVERAL[name](x[:, 0]), 1, 8, 8).steps:
        _expect_terms_and_sums(step)


def test_where_with_one_argument_names_the_value_that_stands_there() -> None:
    trace = _trace(lambda x: torch.where(x[0, 0] > 0.5)[0][None].double(), 1, 8, 8)
    step = next(step for step in trace.steps if step.op == "where")
    row = int(step.output[2])
    found = step.arithmetic(channel=2)
    assert (found.operation, found.total) == ("function", row)
    assert [(term.value, term.position[0] if term.position else None) for term in found.terms] == [(1.0, row)]
