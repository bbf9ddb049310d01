"""The honest test: what is run again from a changed value on is what the network itself answers."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive import datasets, model
from fivebyfive.errors import InputError
from fivebyfive.explain import Trace, explain
from fivebyfive.explain.why.replayed import rerun
from support import Does

CLASSIFIERS = [name for name in ARCHITECTURES if name != "u-shaped"]


@pytest.fixture(scope="module")
def seven() -> Trace:
    """The post's network on the first test image of MNIST."""
    return explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])


def own(network: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        result: Tensor = network(x).reshape(-1)
        return result


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_run_again_unchanged_it_is_the_same_bit_for_bit(name: str) -> None:
    architecture = ARCHITECTURES[name]
    trace = explain(architecture.network(), architecture.image()[None])
    for step in trace.steps[:-1]:
        again = rerun(trace.steps, {step.index: step.output}, trace.steps[-1])
        torch.testing.assert_close(again, trace.steps[-1].output, rtol=1e-5, atol=1e-7)
    assert torch.equal(rerun(trace.steps, {0: trace.steps[0].output}, trace.steps[-1]), trace.steps[-1].output)


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name != "height, width, channels"])
def test_a_covered_picture_gets_the_networks_own_answer(name: str) -> None:
    architecture = ARCHITECTURES[name]
    network, image = architecture.network(), architecture.image()[None]
    why = explain(network, image).why()
    covered = image.clone()
    covered[:, :, 4:9, 6:11] = 0.25
    changed = why.cover(4, 6, size=5, fill=0.25)
    answer = own(network, covered)
    said = dict(changed.prediction)
    given = answer.softmax(0) if not why.target.ends else answer
    if why.target.ends == "log-softmax":
        given = answer.exp()
    for label, probability in zip(why.trace.classes, given.tolist(), strict=True):
        assert said[label] == pytest.approx(probability, abs=1e-5)
    if not why.target.ends:
        torch.testing.assert_close(changed.logits.float(), answer, rtol=1e-4, atol=1e-5)
        assert changed.after == pytest.approx(float(answer[why.places[0]]), rel=1e-4, abs=1e-5)


def test_a_map_switched_off_is_what_a_hook_would_do() -> None:
    architecture = ARCHITECTURES["residual"]
    network, image = architecture.network(), architecture.image()[None]
    why = explain(network, image).why(1)
    step = next(step for step in why.trace.steps if step.kind == "convolution")
    module = network.get_submodule(step.name)
    off = why.switched_off(step.name)
    for channel in (0, step.size[2] - 1):

        def zeroed(_: nn.Module, __: object, result: Tensor, channel: int = channel) -> Tensor:
            result = result.clone()
            result[:, channel] = 0
            return result

        handle = module.register_forward_hook(zeroed)
        expected = float(own(network, image)[1])
        handle.remove()
        found = why.without(step.name, channel)
        assert found.after == pytest.approx(expected, rel=1e-4, abs=1e-5)
        assert found.fall == pytest.approx(why.value - expected, abs=1e-5)
        assert float(off.falls[channel]) == pytest.approx(found.fall, abs=1e-5)
        assert found.expected == pytest.approx(float(why.maps[step.name][channel]))


def test_a_sliding_patch_is_each_of_its_patches(seven: Trace) -> None:
    why = seven.why("7", instead_of="1")
    slid = why.occlusion(7, 5)
    assert slid.rows == slid.columns == (0, 5, 10, 15, 20, 25)
    for i, j in ((0, 0), (2, 3), (5, 5)):
        patch = why.cover(slid.rows[i], slid.columns[j], 7)
        assert float(slid.falls[i, j]) == pytest.approx(patch.fall, abs=1e-5)
        assert slid.probabilities is not None
        label, probability = patch.prediction[0]
        assert float(slid.probabilities[i, j].max()) == pytest.approx(probability, abs=1e-6)
        assert seven.classes[int(slid.probabilities[i, j].argmax())] == label
    assert float(slid.picture[0, 0]) == pytest.approx(float(slid.falls[0, 0]))
    assert float(slid.picture[6, 6]) == pytest.approx(float(slid.falls[:2, :2].mean()))


def test_by_itself_a_patch_is_a_sixth_and_has_bounded_places(seven: Trace) -> None:
    slid = seven.why().occlusion()
    assert (slid.size, slid.stride, tuple(slid.falls.shape)) == ((5, 5), 1, (24, 24))
    large = explain(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2)), torch.rand(1, 1, 90, 60)
    )
    assert large.why().occlusion().falls.numel() <= 676


def test_what_a_linear_network_says_is_what_it_does() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(30, 4))
    why = explain(network, torch.rand(1, 1, 5, 6)).why()
    for y in range(5):
        changed = why.cover(y, 2)
        assert changed.fall == pytest.approx(changed.expected, abs=1e-6)


def test_operations_that_cannot_take_many_at_once_run_one_by_one() -> None:
    class Counts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1).clone()
            x[x > 0.5] = 0.9
            x.view(1, 16)[0, :4].copy_(torch.ones(4))
            result: Tensor = self.layer(x)
            return result

    network, image = Counts(), torch.rand(1, 1, 4, 4)
    slid = explain(network, image).why(0).occlusion(1, 3)
    covered = image.clone()
    covered[:, :, 3, 3] = 0
    assert float(slid.logits[1, 1, 0]) == pytest.approx(float(own(network, covered)[0]), abs=1e-6)


def test_random_numbers_are_those_that_were_drawn() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, 40), nn.Dropout(0.5), nn.Linear(40, 3)).train()
    trace = explain(network, torch.rand(1, 1, 4, 4))
    assert torch.equal(rerun(trace.steps, {0: trace.steps[0].output}, trace.steps[-1]), trace.steps[-1].output)


def test_a_flat_picture_is_covered_in_its_rows_and_columns() -> None:
    trace = explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0])
    pixels = datasets.load("mnist").test.pixels[0].copy()
    pixels[8:13, 8:13] = 0
    other = explain(model.load("conv_net"), pixels, raw=True)
    assert trace.why().cover(8, 8, 5).after == pytest.approx(other.why(7).value, abs=1e-5)


def test_grad_cam_is_the_mean_gradient_times_the_map(seven: Trace) -> None:
    cam = seven.why().grad_cam("conv2")
    step = seven[cam.step]
    gradient = (
        seven.why().gradient(step)[0] if step.layout == "NCHW" else seven.why().gradient(step)[0].permute(2, 0, 1)
    )
    weights = gradient.mean((1, 2))
    expected = (weights[:, None, None] * step.maps.double()).sum(0)
    torch.testing.assert_close(cam.signed, expected)
    assert cam.coarse.shape == step.size[:2]
    assert (cam.coarse >= 0).all()
    assert cam.picture.shape == (28, 28)


def test_by_itself_grad_cam_takes_the_last_convolution(seven: Trace) -> None:
    assert seven.why().grad_cam().step == "conv2.bias_add"
    architecture = ARCHITECTURES["residual"]
    trace = explain(architecture.network(), architecture.image()[None])
    last = [step.name for step in trace.steps if step.kind == "convolution"][-1]
    assert trace.why().grad_cam().step == last


def test_what_cannot_be_tested_is_refused_in_a_sentence(seven: Trace) -> None:
    why = seven.why()
    for y, x, size in ((28, 0, 1), (0, -1, 1), (0, 0, 0)):
        with pytest.raises(InputError, match="is none in a picture of 28×28"):
            why.cover(y, x, size)
    with pytest.raises(InputError, match="outside of"):
        why.without("conv1", 32)
    with pytest.raises(InputError, match="no step is called 'conv9'"):
        why.without("conv9", 0)
    with pytest.raises(InputError, match="a patch of 29"):
        why.occlusion(29)
    with pytest.raises(InputError, match="stays where it is"):
        why.occlusion(3, 0)
    with pytest.raises(InputError, match="have no places"):
        why.grad_cam("fc1")
    with pytest.raises(InputError, match="has no convolution"):
        explain(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), torch.rand(1, 1, 2, 2)).why().grad_cam()
    layer = nn.Linear(4, 3)
    scripted = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    behind = explain(Does(lambda x: layer(scripted(x))), torch.rand(1, 4)).why()
    assert behind.holes
    with pytest.raises(InputError, match=r"cannot be covered|nothing can be covered"):
        behind.cover(0, 0)


def test_the_account_of_numpy_is_as_it_is() -> None:
    """What leaves PyTorch and comes back is a constant, and is said to be one."""
    layer = nn.Linear(4, 3)

    def through_numpy(x: Tensor) -> Tensor:
        result: Tensor = layer(x + torch.from_numpy(np.sqrt(x.numpy())))
        return result

    why = explain(Does(through_numpy), torch.rand(1, 4)).why()
    assert any("is not followed" in word for word in why.words())
