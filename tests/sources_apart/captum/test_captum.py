"""Captum computes the same where it computes the same: gradient × input, Grad-CAM, occlusion, a map left out."""

from dataclasses import dataclass

import pytest
import torch
from captum.attr import (
    FeatureAblation,
    InputXGradient,
    LayerFeatureAblation,
    LayerGradCam,
    LayerGradientXActivation,
    Occlusion,
)
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive import datasets, model
from fivebyfive.explain import Trace, explain


class Post(nn.Module):
    """The post's network of modules, which Captum can look into, with the weights of the shipped one."""

    def __init__(self) -> None:
        super().__init__()
        state = model.load("conv_net").network.state_dict()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5, padding=2), nn.Conv2d(32, 64, 5, padding=2)
        self.fc1, self.out = nn.Linear(3136, 1024), nn.Linear(1024, 10)
        for layer, name in ((self.conv1, "c1"), (self.conv2, "c2"), (self.fc1, "d1"), (self.out, "")):
            weight, bias = (
                state[f"weights.w{name}" if name else "weights.out"],
                state[f"biases.b{name}" if name else "biases.out"],
            )
            layer.weight.data = (weight.permute(3, 2, 0, 1) if weight.dim() == 4 else weight.T).contiguous()
            layer.bias = nn.Parameter(bias.clone())

    def forward(self, x: Tensor) -> Tensor:
        x = torch.max_pool2d(self.conv1(x).relu(), 2)
        x = torch.max_pool2d(self.conv2(x).relu(), 2)
        result: Tensor = self.out(self.fc1(x.permute(0, 2, 3, 1).reshape(-1, 3136)).relu())
        return result


@dataclass
class Case:
    """A network in both: as Captum takes it, and as it is explained; with a layer of it in both."""

    network: nn.Module
    x: Tensor
    trace: Trace
    layer: nn.Module
    step: str

    @property
    def answer(self) -> int:
        return int(self.network(self.x).argmax())


def post() -> Case:
    """The post's network: what is explained is its own program, with TensorFlow's operations."""
    pixels = datasets.load("mnist").test.pixels[0]
    network = Post().eval()
    x = torch.from_numpy(pixels[None, ..., 0][None]).float() / 255
    return Case(network, x, explain(model.load("conv_net"), pixels), network.conv2, "conv2.bias_add")


def residual() -> Case:
    architecture = ARCHITECTURES["residual"]
    network, x = architecture.network(), architecture.image()[None]
    trace = explain(network, x)
    step = [step for step in trace.steps if step.kind == "convolution"][-1]
    return Case(network, x, trace, network.get_submodule(step.name), step.name)


@pytest.fixture(scope="module", params=[post, residual])
def case(request: pytest.FixtureRequest) -> Case:
    torch.set_num_threads(1)
    made: Case = request.param()
    return made


def close(found: Tensor, expected: Tensor) -> None:
    expected = expected.detach().double()
    assert found.shape == expected.shape
    largest = float(expected.abs().max())
    assert largest > 0
    assert float((found.double() - expected).abs().max()) <= 1e-4 * largest


def test_pixels(case: Case) -> None:
    close(case.trace.why().pixels, InputXGradient(case.network).attribute(case.x, target=case.answer)[0])


def test_one_class_rather_than_another(case: Case) -> None:
    other = (case.answer + 1) % 3
    gradients = InputXGradient(lambda x: (case.network(x)[:, case.answer] - case.network(x)[:, other])[:, None])
    close(case.trace.why(case.answer, instead_of=other).pixels, gradients.attribute(case.x, target=0)[0])


def test_maps(case: Case) -> None:
    expected = LayerGradientXActivation(case.network, case.layer).attribute(case.x, target=case.answer)
    why = case.trace.why()
    close(why.of(case.step), expected[0])
    close(why.maps[case.step], expected[0].sum((1, 2)))


def test_grad_cam(case: Case) -> None:
    cam = case.trace.why().grad_cam(case.step)
    captums = LayerGradCam(case.network, case.layer)
    close(cam.signed, captums.attribute(case.x, target=case.answer)[0, 0])
    shown = captums.attribute(case.x, target=case.answer, relu_attributions=True)
    close(cam.coarse, shown[0, 0])
    larger = LayerGradCam.interpolate(shown, tuple(case.x.shape[2:]), "bilinear")
    close(cam.picture, larger[0, 0])


@pytest.mark.parametrize(("size", "stride"), [(7, 7), (5, 3), (4, 4)])
def test_a_sliding_patch(case: Case, size: int, stride: int) -> None:
    channels = case.x.shape[1]
    expected = Occlusion(case.network).attribute(
        case.x, (channels, size, size), strides=(channels, stride, stride), target=case.answer, baselines=0
    )
    close(case.trace.why().occlusion(size, stride).picture, expected[0, 0])


def test_a_covered_patch(case: Case) -> None:
    mask = torch.zeros_like(case.x, dtype=torch.long)
    mask[..., 8:13, 9:14] = 1
    expected = FeatureAblation(case.network).attribute(case.x, target=case.answer, feature_mask=mask, baselines=0)
    changed = case.trace.why().cover(8, 9, 5)
    assert changed.fall == pytest.approx(float(expected[0, 0, 9, 10]), rel=1e-4, abs=1e-6)


def test_a_map_switched_off(case: Case) -> None:
    result: list[Tensor] = []
    handle = case.layer.register_forward_hook(lambda _, __, output: result.append(output))
    case.network(case.x)
    handle.remove()
    mask = torch.arange(result[0].shape[1])[None, :, None, None].expand_as(result[0])
    ablation = LayerFeatureAblation(case.network, case.layer)
    expected = ablation.attribute(case.x, target=case.answer, layer_mask=mask, layer_baselines=0)
    close(case.trace.why().switched_off(case.step).falls, expected[0, :, 0, 0])
