"""Learning rates over a training, the running mean of the weights, and Muon's steps."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fivebyfive.networks import build
from fivebyfive.training import averaging, loop, schedule
from fivebyfive.training.muon import Muon, orthogonal
from fivebyfive.training.recipe import get

SHARES = st.floats(0.0, 1.0)


@given(st.integers(1, 5000), SHARES, SHARES, st.data())
def test_a_step_is_never_taken_at_zero_nor_above_the_highest_rate(
    steps: int, warmup: float, cooldown: float, data: st.DataObject
) -> None:
    step = data.draw(st.integers(1, steps))
    assert 0.0 < schedule.share(step, steps, warmup, cooldown) <= 1.0


@given(st.integers(2, 5000), SHARES)
def test_the_rate_rises_and_then_falls(steps: int, warmup: float) -> None:
    shares = [schedule.share(step, steps, warmup, 1.0 - warmup) for step in range(1, steps + 1)]
    top = shares.index(max(shares))
    assert shares[:top] == sorted(shares[:top])
    assert shares[top:] == sorted(shares[top:], reverse=True)


def test_without_warmup_and_cooldown_the_rate_stays_what_it_is() -> None:
    assert {schedule.share(step, 50, 0.0, 0.0) for step in range(1, 51)} == {1.0}


def test_a_quarter_up_half_level_a_quarter_down() -> None:
    assert [schedule.share(step, 8, 0.25, 0.25) for step in range(1, 9)] == [0.5, 1, 1, 1, 1, 1, 1, 0.5]


def test_every_group_of_an_optimizer_gets_its_own_rate() -> None:
    recipe = get("quick", learning_rate=0.02, muon_rate=0.06, warmup=0.0, cooldown=1.0, samples=1100, batch_size=100)
    optimizer = loop.optimizer_for(build("quick"), recipe)
    schedule.set_rates(optimizer, recipe, 6)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.01, 0.03])


def test_the_mean_of_the_weights_is_plain_at_first() -> None:
    weight = nn.Parameter(torch.zeros(3))
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=0.5)
    seen = []
    for step in range(1, 4 * averaging.EVERY + 1):
        weight.grad = torch.randn(3)
        optimizer.step()
        averaging.update(optimizer, 0.9999, step)
        if step % averaging.EVERY == 0:
            seen.append(weight.detach().clone())
    averaging.take(optimizer)
    torch.testing.assert_close(weight.detach(), torch.stack(seen).mean(0))


def test_the_mean_of_the_weights_forgets_at_its_pace() -> None:
    weight = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=0.5)
    weight.grad = torch.zeros(1)
    optimizer.step()
    averaging.update(optimizer, 0.5, averaging.EVERY)
    with torch.no_grad():
        weight.zero_()
    averaging.update(optimizer, 0.5, 100 * averaging.EVERY)
    averaging.take(optimizer)
    assert weight.item() == pytest.approx(0.5**averaging.EVERY)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31))
def test_muon_turns_and_does_not_stretch(rows: int, columns: int, seed: int) -> None:
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    turned = orthogonal(matrix)
    left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
    new = left.t() @ turned @ right.t()  # the same directions, other sizes
    torch.testing.assert_close(new, torch.diag(new.diagonal()), atol=2e-3, rtol=0)
    large = sizes > 0.1 * matrix.norm()
    assert ((new.diagonal()[large] > 0.5) & (new.diagonal()[large] < 1.3)).all()


@pytest.mark.parametrize(
    ("network", "hidden"),
    [
        ("quick", ["convolution.weight", "hidden.weight"]),
        ("conv_net", ["weights.wc1", "weights.wc2", "weights.wd1"]),
    ],
)
def test_muon_takes_the_hidden_layers_and_leaves_the_rest_to_adam(network: str, hidden: list[str]) -> None:
    module = build(network)
    names = {id(p): name for name, p in module.named_parameters()}
    optimizer = Muon(module, 0.1, 0.9, lr=0.01, fused=True)
    assert [names[id(p)] for p in optimizer.hidden] == hidden
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(names)


def test_muon_sees_the_posts_filters_as_inputs_by_outputs() -> None:
    """A network's step is the same whichever way its filters lie in memory."""

    class Filters(nn.Module):
        def __init__(self, layout: str, shape: list[int]) -> None:
            super().__init__()
            self.layout = layout
            self.hidden, self.output = nn.Parameter(torch.zeros(shape)), nn.Parameter(torch.zeros(2, 2))

    gradient = torch.randn(3, 3, 4, 8)
    post, torchs = Filters("flat", [3, 3, 4, 8]), Filters("NCHW", [8, 3, 3, 4])
    post.hidden.grad, torchs.hidden.grad = gradient.clone(), gradient.permute(3, 0, 1, 2).contiguous()
    for network in (post, torchs):
        Muon(network, 0.1, 0.9, lr=0.01).step()
    torch.testing.assert_close(post.hidden.permute(3, 0, 1, 2), torchs.hidden)
