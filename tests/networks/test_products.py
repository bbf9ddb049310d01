"""Products by oneDNN are the products of matrices, gradients too, whichever way the matrices lie in memory."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.networks.products import product

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
