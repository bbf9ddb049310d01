"""Products by oneDNN are the products of matrices, gradients too, whichever way the matrices lie in memory."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.networks import fast
from fivebyfive.networks.conv_net import ConvNet
from fivebyfive.networks.fast import product

sizes = st.integers(1, 40)


@given(sizes, sizes, sizes, st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_product_and_its_gradients(n: int, k: int, m: int, a_lies: bool, b_lies: bool) -> None:
    torch.manual_seed(n + 41 * k + 1681 * m)
    a = torch.randn(k, n).t() if a_lies else torch.randn(n, k)
    b = torch.randn(m, k).t() if b_lies else torch.randn(k, m)
    a, b, gradient = a.requires_grad_(), b.requires_grad_(), torch.randn(n, m)
    got = torch.autograd.grad(product(a, b), (a, b), gradient)
    expected = torch.autograd.grad(a @ b, (a, b), gradient)
    torch.testing.assert_close(product(a, b), a @ b, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_types_and_empty_matrices_take_the_usual_way(dtype: torch.dtype) -> None:
    a, b = torch.randn(3, 4, dtype=dtype), torch.randn(4, 2, dtype=dtype)
    assert torch.equal(product(a, b), a @ b)
    assert product(torch.rand(0, 4), torch.rand(4, 2)).shape == (0, 2)


def test_in_half_precision_the_fast_way_is_the_posts_own() -> None:
    torch.manual_seed(0)
    network, x = ConvNet().eval(), torch.rand(3, 784)
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        half = network.fused(x)
        assert torch.equal(half, network(x))
    whole = network(x)
    assert not torch.equal(half.float(), whole)
    torch.testing.assert_close(half.float(), whole, rtol=0, atol=0.02 * whole.abs().max().item())


def test_a_network_learns_also_where_one_was_only_asked_before() -> None:
    fast._transform.cache_clear()
    x = torch.rand(4, 784)
    with torch.inference_mode():
        ConvNet().eval().fused(x)
    ConvNet().fused(x).sum().backward()  # type: ignore[no-untyped-call]
