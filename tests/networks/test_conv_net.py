"""The post's network: its numbers, its module, and its fast arrangement, which is the same function."""

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fivebyfive import ops
from fivebyfive.networks import build, parameter_count
from fivebyfive.networks.conv_net import ConvNet, conv_net


def usual(network: ConvNet) -> nn.Sequential:
    """The same network as PyTorch programs usually write it, with `network`'s weights."""
    first, second = nn.Conv2d(1, 32, 5, padding=2), nn.Conv2d(32, 64, 5, padding=2)
    hidden, out = nn.Linear(7 * 7 * 64, 1024), nn.Linear(1024, 10)
    weights, biases = network.weights, network.biases
    # The post flattens height, width, channel; PyTorch's programs channel, height, width.
    from_maps = weights["wd1"].view(7, 7, 64, 1024).permute(3, 2, 0, 1).reshape(1024, -1)
    with torch.no_grad():
        first.weight.copy_(weights["wc1"].permute(3, 2, 0, 1))
        second.weight.copy_(weights["wc2"].permute(3, 2, 0, 1))
        hidden.weight.copy_(from_maps)
        out.weight.copy_(weights["out"].t())
        for layer, name in ((first, "bc1"), (second, "bc2"), (hidden, "bd1"), (out, "out")):
            layer.bias.copy_(biases[name])  # type: ignore[union-attr]
    layers = [
        first,
        nn.ReLU(),
        nn.MaxPool2d(2),
        second,
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        hidden,
        nn.ReLU(),
        out,
    ]
    return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), *layers)


def results(network: ConvNet, x: Tensor, fast: bool) -> dict[str, Tensor]:
    """The logits, and every parameter's gradient; dropout draws the same numbers each time.

    Untrained logits are in the thousands: softmax would take their last digit's rounding to a power of e.
    """
    torch.manual_seed(7)
    logits = network.fused(x) if fast else network(x)
    loss = F.cross_entropy(logits / logits.detach().abs().max(), torch.arange(len(x)) % logits.shape[1])
    names = [name for name, _ in network.named_parameters()]
    gradients = torch.autograd.grad(loss, list(network.parameters()))
    return {"logits": logits, **dict(zip(names, gradients, strict=True))}


def test_has_the_posts_parameters() -> None:
    network = ConvNet()
    assert {name: list(p.shape) for name, p in network.named_parameters()} == {
        "weights.wc1": [5, 5, 1, 32],
        "weights.wc2": [5, 5, 32, 64],
        "weights.wd1": [3136, 1024],
        "weights.out": [1024, 10],
        "biases.bc1": [32],
        "biases.bc2": [64],
        "biases.bd1": [1024],
        "biases.out": [10],
    }
    assert parameter_count(network) == 3_274_634


def test_starts_from_the_normal_distribution() -> None:
    torch.manual_seed(0)
    for parameter in ConvNet().parameters():
        bound = 5 / parameter.numel() ** 0.5
        assert abs(parameter.mean().item()) < bound
        assert abs(parameter.std().item() - 1) < bound


def test_takes_the_posts_steps_in_the_posts_order() -> None:
    seen: list[tuple[str, list[int]]] = []

    class Listener(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            result = func(*args, **(kwargs or {}))
            name = getattr(func, "__name__", "")
            if getattr(ops, name, None) is func:
                seen.append((name, list(result.shape)))
            return result

    network = ConvNet().train()
    with Listener():
        network(torch.rand(3, 784))
    assert seen == [
        ("reshape", [3, 28, 28, 1]),
        ("conv2d", [3, 28, 28, 32]),
        ("bias_add", [3, 28, 28, 32]),
        ("relu", [3, 28, 28, 32]),
        ("max_pool", [3, 14, 14, 32]),
        ("conv2d", [3, 14, 14, 64]),
        ("bias_add", [3, 14, 14, 64]),
        ("relu", [3, 14, 14, 64]),
        ("max_pool", [3, 7, 7, 64]),
        ("reshape", [3, 3136]),
        ("matmul", [3, 1024]),
        ("add", [3, 1024]),
        ("relu", [3, 1024]),
        ("dropout", [3, 1024]),
        ("matmul", [3, 10]),
        ("add", [3, 10]),
    ]


@pytest.mark.parametrize("fast", [False, True])
def test_equals_the_network_as_usually_written(fast: bool) -> None:
    torch.manual_seed(1)
    network = ConvNet().eval()
    x = torch.rand(5, 784)
    logits = network.fused(x) if fast else network(x)
    torch.testing.assert_close(logits, usual(network)(x), rtol=1e-5, atol=1e-5 * logits.abs().max().item())


class Decisions(TorchFunctionMode):
    """How near ReLU and pooling come to deciding otherwise, as a part of the usual size of what they decide about."""

    nearest = math.inf

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if func in (ops.relu, ops.max_pool):
            x = args[0].detach()
            near = x.abs() if func is ops.relu else self._between_the_two_largest(x)
            self.nearest = min(self.nearest, *(near / x.abs().mean()).flatten().tolist())
        return func(*args, **(kwargs or {}))

    @staticmethod
    def _between_the_two_largest(x: Tensor) -> Tensor:
        """Of each window of 2x2 that holds anything; where all is 0, ReLU lets no gradient through."""
        edges = (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2)
        windows = F.pad(x, edges, value=-1.0).unfold(1, 2, 2).unfold(2, 2, 2).flatten(-2)
        largest, second = windows.topk(2).values.unbind(-1)
        return torch.where(largest > 0, largest - second, math.inf)


@given(st.integers(1, 13), st.integers(1, 13), st.integers(1, 3), st.integers(1, 4), st.booleans())
@settings(max_examples=25, deadline=None)
def test_fast_arrangement_is_the_same_function_at_any_size(
    height: int, width: int, channels: int, images: int, training: bool
) -> None:
    torch.manual_seed(height + 20 * width)
    network = ConvNet(height, width, channels, classes=4).train(training)
    x = torch.rand(images, height * width * channels)
    with Decisions() as decisions, torch.no_grad():
        network(x)
    assume(decisions.nearest > 5e-6)  # else the last digit's rounding decides, and a gradient goes elsewhere
    assert_same(network, x)


def test_fast_arrangement_is_the_same_function_on_the_posts_batch() -> None:
    torch.manual_seed(3)
    # Digits are mostly ground: windows of equal values, where pooling has to choose the same one.
    assert_same(ConvNet().train(), (torch.rand(128, 784) - 0.7).relu())


def test_fast_arrangement_gives_pixels_their_gradient_too() -> None:
    torch.manual_seed(4)
    network, x = ConvNet().eval(), torch.rand(2, 784, requires_grad=True)
    fast, plain = (torch.autograd.grad(way(x).square().sum(), x)[0] for way in (network.fused, network))
    assert fast.abs().max() > 0
    torch.testing.assert_close(fast, plain)


def assert_same(network: ConvNet, x: Tensor) -> None:
    plain, fast = results(network, x, fast=False), results(network, x, fast=True)
    for name, expected in plain.items():
        largest = expected.abs().max().item()
        torch.testing.assert_close(fast[name], expected, rtol=0.0, atol=1e-4 * largest, msg=name)
    with torch.no_grad():  # pools otherwise
        torch.manual_seed(7)
        largest = plain["logits"].abs().max().item()
        torch.testing.assert_close(network.fused(x), plain["logits"], rtol=0.0, atol=1e-4 * largest)


def test_the_same_seed_trains_to_the_same_weights_bit_for_bit() -> None:
    def trained() -> dict[str, Tensor]:
        torch.manual_seed(11)
        network = ConvNet().train()
        optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
        for _ in range(3):
            optimizer.zero_grad()
            F.cross_entropy(network.fused(torch.rand(64, 784)), torch.arange(64) % 10).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return network.state_dict()

    first, second = trained(), trained()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_dropout_is_for_training_only() -> None:
    network = ConvNet(8, 8)
    x = torch.rand(2, 64)
    assert not torch.equal(network.train()(x), network(x))
    assert torch.equal(network.eval()(x), network(x))
    assert torch.equal(network(x), conv_net(x, network.weights, network.biases, 1.0, 8, 8, 1))


def test_saves_and_loads_like_any_module(tmp_path: Path) -> None:
    network = ConvNet(6, 7, 2, 3)
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    other = build("conv_net", height=6, width=7, channels=2, classes=3)
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    x = torch.rand(2, 84)
    assert torch.equal(network.eval()(x), other.eval()(x))
