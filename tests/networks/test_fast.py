"""The fast way through the post's network."""

import torch

from fivebyfive.networks import fast
from fivebyfive.networks.conv_net import ConvNet


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
