"""Half precision and autocast: a total differs from the network's value by its last rounding, and by little more."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.explain import explain
from sums import five_places

HALF_UNIT = {torch.bfloat16: 2**-9, torch.float16: 2**-12}
"""The rounding of one number, as a part of it."""


class Wide(nn.Module):
    """What autocast has in half precision, and what follows from it in full."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.up = (
            nn.Conv2d(3, 8, 3, padding=1),
            nn.GroupNorm(2, 8),
            nn.ConvTranspose2d(8, 4, 2, 2),
        )
        self.line, self.volume = nn.Conv1d(8, 8, 3), nn.Conv3d(1, 2, 3)
        self.fc, self.out, self.last = nn.Linear(4 * 16 * 16, 40), nn.Linear(40, 10), nn.RMSNorm(40)

    def forward(self, x: Tensor) -> list[Tensor]:
        a = self.conv(x)
        b = F.gelu(self.norm(a))
        answer = self.out(self.last(self.fc(self.up(b).flatten(1))).softmax(1))
        square = x[0, 0]
        return [
            answer, self.line(b.flatten(2)), self.volume(x[:, None]), a @ b.mT, torch.bmm(x[0], x[0]),
            torch.addmm(square, square, x[0, 1]), torch.baddbmm(x[0], x[0], x[0]), torch.addbmm(square, x[0], x[0]),
            torch.einsum("nchw,ncwk->nhk", a, b), torch.tensordot(x[0], x[0], 3), torch.inner(square, x[0, 1]),
            F.normalize(a), F.rms_norm(a, (8,)), a.std(1), a.sum((2, 3)), a.mean((2, 3)), a.cumsum(2),
            F.interpolate(a, scale_factor=1.5, mode="bilinear"), F.avg_pool2d(a, 3), a * b + a, a.logsumexp(1),
            F.cosine_similarity(a, b, dim=1), F.cross_entropy(answer, torch.tensor([1])), F.glu(a, 1),
        ]  # fmt: skip


@pytest.mark.parametrize("dtype", HALF_UNIT, ids=["bfloat16", "float16"])
def test_autocasts_totals_are_off_by_rounding_alone(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    network, x = Wide().eval(), torch.randn(1, 3, 8, 8)
    inside: Any = torch.autocast("cpu", dtype)
    with inside:
        trace = explain(network, x)
    halved = [step for step in trace.steps if step.output.dtype == dtype]
    assert {"conv2d", "linear", "conv_transpose2d", "conv1d", "conv3d", "einsum", "matmul"} <= {s.op for s in halved}
    for step in halved:
        for place in five_places(step):
            found, value = step.arithmetic(*place), step.value(*place)
            size = max(abs(value), *(abs(term.product) for term in found.terms)) if found.terms else abs(value)
            assert abs(found.total - value) <= 4 * HALF_UNIT[dtype] * size, (step.name, step.op, place)


def test_a_sum_says_in_which_precision_it_was_added_up() -> None:
    inside: Any = torch.autocast("cpu", torch.bfloat16)
    with inside:
        trace = explain(nn.Sequential(nn.Flatten(), nn.Linear(9, 2)), torch.rand(1, 3, 3))
    assert trace["1"].arithmetic().formula(numbers=True).endswith("(added up in bfloat16)")
