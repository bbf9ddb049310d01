"""An image of any sort reaches the network at the size that it takes, and the answer has names and probabilities."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from fivebyfive.datasets import Dataset
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import explain
from fivebyfive.model import Model
from fivebyfive.networks import build


def _network(side: int, channels: int, *, outputs: int = 4) -> nn.Module:
    """Takes pictures of one size only."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(channels, 2, 3), nn.Flatten(), nn.Linear(2 * (side - 2) ** 2, outputs))


def _any_size(channels: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def _colours(height: int, width: int) -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_a_tensor_is_taken_exactly_as_it_is() -> None:
    image = torch.randn(3, 12, 12)
    for given in (image, image[None]):
        trace = explain(_network(12, 3), given)
        assert torch.equal(trace.steps[0].output, image[None])


def test_a_flat_network_gets_a_tensor_in_the_posts_order() -> None:
    network = build("conv_net", height=6, width=5, channels=2, classes=3).eval()
    image = torch.rand(2, 6, 5)
    trace = explain(network, image)
    assert torch.equal(trace.steps[0].output, image.permute(1, 2, 0).reshape(1, -1))
    assert torch.equal(trace["x"].maps, image)
    same = explain(network, image.permute(1, 2, 0).reshape(1, -1))
    assert torch.equal(same.steps[-1].output, trace.steps[-1].output)


def test_several_images_at_once_are_an_error() -> None:
    with pytest.raises(InputError, match=r"the tensor has shape \[2, 3, 12, 12\]; one image at a time"):
        explain(_network(12, 3), torch.rand(2, 3, 12, 12))


def test_a_mnist_digit_is_used_as_it_is(digits: Dataset) -> None:
    pixels = digits.test.pixels[0]
    for image in (pixels, pixels[..., 0], Image.fromarray(pixels[..., 0]), pixels / np.float32(255)):
        trace = explain(build("conv_net").eval(), image)
        assert trace.image is not None
        assert np.array_equal(trace.image, pixels)
        assert torch.equal(trace["x"].maps[0], torch.from_numpy(pixels[..., 0]) / 255)
        assert trace.notes == ["The picture, 28×28 pixels, is taken as it is."]


def test_a_photo_of_a_digit_is_prepared_the_way_mnists_were(digits: Dataset, tmp_path: Path) -> None:
    paper = np.full((200, 150), 230, np.uint8)
    paper[60:144, 30:114] -= np.kron(digits.test.pixels[0, ..., 0] // 2, np.ones((3, 3), np.uint8))
    Image.fromarray(paper).save(tmp_path / "photo.png")
    trace = explain(build("conv_net").eval(), tmp_path / "photo.png")
    assert trace.image is not None
    assert trace.image.shape == (28, 28, 1)
    assert trace.image[0].max() == 0
    assert trace.image.max() > 200
    assert trace.notes == ["The digit was cut out and prepared the way MNIST's were."]


def test_a_model_says_its_size_its_name_and_its_classes() -> None:
    trace = explain(Model(_network(20, 3).eval(), "mine", ("cat", "dog", "owl", "bee"), (20, 20, 3)), _colours(50, 90))
    assert trace.image is not None
    assert trace.image.shape == (20, 20, 3)
    assert trace.network == "mine"
    assert {label for label, _ in trace.prediction} == {"cat", "dog", "owl", "bee"}
    assert trace.notes == ["The picture, 90×50 pixels, was scaled and its middle cut out: 20×20 pixels."]


@pytest.mark.parametrize(
    ("fit", "wide", "how"),
    [
        ("squeeze", 60, "squeezed"),
        ("squeeze", 90, "squeezed and its middle cut out"),
        ("squeeze", 50, "scaled"),
        ("crop", 60, "scaled and its middle cut out"),
        ("pad", 60, "scaled, with black beside it"),
        ("resize", 60, "stretched"),
    ],
)
def test_what_was_done_to_a_picture_is_said_as_the_model_has_it(fit: str, wide: int, how: str) -> None:
    model = Model(_network(20, 3).eval(), "mine", ("cat", "dog", "owl", "bee"), (20, 20, 3), {"fit": fit})
    assert explain(model, _colours(50, wide)).notes == [f"The picture, {wide}×50 pixels, was {how}: 20×20 pixels."]


@pytest.mark.parametrize(("side", "channels"), [(28, 1), (32, 3), (96, 3), (40, 3), (77, 3), (150, 1), (512, 3)])
def test_the_size_is_found_by_trying(side: int, channels: int) -> None:
    trace = explain(_network(side, channels), _colours(40, 40))
    assert trace.steps[0].size == (side, side, channels)


def test_a_network_that_takes_any_size_gets_the_pictures_own() -> None:
    assert explain(_any_size(3), _colours(45, 70)).steps[0].size == (45, 70, 3)
    assert explain(_any_size(3), _colours(600, 900)).steps[0].size == (224, 224, 3)
    assert explain(_any_size(1), _colours(600, 900)).steps[0].size == (28, 28, 1)


def test_a_network_may_say_its_size() -> None:
    network = _any_size(3)
    network.height, network.width, network.channels = 30, 31, 3  # type: ignore[assignment]
    assert explain(network, _colours(100, 100)).steps[0].size == (30, 31, 3)


def test_the_size_of_a_list_that_the_code_writes_as_a_shape_is_found() -> None:
    class Viewed(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[:, :, ::2, ::2].reshape(1, 3 * 26 * 26)

    assert explain(Viewed(), _colours(40, 40)).steps[-1].output_shape == (1, 3 * 26 * 26)


def test_a_size_that_is_not_found_says_what_was_tried() -> None:
    odd = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 75**2 + 1, 4))  # no square has so many
    with pytest.raises(
        InputError, match=r"cannot be brought to a size that Sequential takes \(tried 40×40×3, 224×224×3"
    ):
        explain(odd, _colours(40, 40))


def test_a_network_that_raises_whatever_the_size_is_a_failure() -> None:
    class Wrong(nn.Module):
        def forward(self, _: Tensor) -> Tensor:
            raise ValueError("no network yet")

    with pytest.raises(Failure, match=r"Wrong raised ValueError .*: no network yet"):
        explain(Wrong(), _colours(40, 40))


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (3, "the image is a int; a path, a PIL image, a NumPy array or a tensor was expected"),
        (np.zeros((2, 3, 4, 5)), r"the array has shape \[2, 3, 4, 5\]"),
        (np.full((9, 9), 300.0), "the array's values go from 300 to 300"),
        ("nowhere.png", "nowhere.png: there is no such file"),
    ],
)
def test_what_is_no_image_is_one_clear_sentence(image: object, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        explain(_network(9, 3), image)
    assert "\n" not in str(error.value)


def test_what_is_no_network_is_one_clear_sentence() -> None:
    with pytest.raises(InputError, match=r"the network is a dict; a torch\.nn\.Module, a model, the name of one"):
        explain({}, torch.rand(1, 28, 28))


def test_a_network_may_be_named_as_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("from torch import nn\nnet = nn.Sequential(nn.Flatten(), nn.Linear(784, 3))\n")
    assert explain("conv_net", torch.rand(1, 28, 28)).network == "conv_net"
    trace = explain(f"{tmp_path}/net.py:net", torch.rand(1, 28, 28))
    assert [step.op for step in trace.steps[1:-1]] == ["flatten", "linear"]


def test_more_channels_than_a_picture_has_need_a_tensor() -> None:
    with pytest.raises(InputError, match=r"the network takes 7 channels .* give a tensor"):
        explain(_any_size(7), _colours(9, 9))


def test_logits_become_probabilities_and_probabilities_stay() -> None:
    logits = torch.tensor([[2.0, 0.0, 1.0]])
    expected = torch.softmax(logits[0].double(), 0).tolist()
    for end in (nn.Identity(), nn.Softmax(1), nn.LogSoftmax(1)):
        trace = explain(nn.Sequential(nn.Identity(), end), logits, classes=("a", "b", "c"))
        assert [label for label, _ in trace.prediction] == ["a", "c", "b"]
        assert dict(trace.prediction) == pytest.approx(dict(zip("abc", expected, strict=True)), rel=1e-6)


def test_an_output_that_is_no_number_predicts_nothing(tmp_path: Path) -> None:
    class Lost(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x = F.pad(x, (1, 1, 1, 1), value=float("-inf"))
            return (x.amin((2, 3)) - x.amin((2, 3)))[:, :3]

    trace = explain(Lost(), torch.rand(3, 9, 9))
    assert trace.prediction == []
    trace.to_json(tmp_path / "trace.json")
    document = json.loads((tmp_path / "trace.json").read_text(), parse_constant=pytest.fail)
    assert document["steps"][1]["attributes"]["value"] == "-inf"


def test_an_output_that_is_a_picture_is_no_prediction() -> None:
    assert explain(nn.Conv2d(3, 2, 3), torch.rand(3, 9, 9)).prediction == []


def test_classes_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(InputError, match="2 classes were given but the network has 4 outputs"):
        explain(_network(12, 3), torch.rand(3, 12, 12), classes=("a", "b"))


def test_a_network_in_double_precision_gets_doubles() -> None:
    assert explain(_network(12, 3).double(), torch.rand(3, 12, 12)).steps[-1].output.dtype == torch.float64
