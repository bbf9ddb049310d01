"""Plain sentences with the step's own numbers; what readers of the code ask is answered where it arises."""

import pytest
import torch
from torch import Tensor, nn

from architectures import ARCHITECTURES
from fivebyfive import ops
from fivebyfive.explain import Trace, explain
from fivebyfive.networks import build


@pytest.fixture(scope="module")
def posts() -> Trace:
    torch.manual_seed(0)
    return explain(build("conv_net").eval(), torch.rand(1, 28, 28))


def _says(trace: Trace, name: str) -> str:
    return "\n".join(trace[name].words())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_step_has_short_sentences(name: str) -> None:
    architecture = ARCHITECTURES[name]
    for step in explain(architecture.network(), architecture.image()).steps:
        sentences = step.words()
        assert sentences
        assert all(len(sentence) < 260 and sentence.endswith((".", ")")) for sentence in sentences), sentences
        assert not any("None" in sentence or "{" in sentence.replace("Σ_{", "") for sentence in sentences), sentences


def test_why_minus_one(posts: Trace) -> None:
    assert "The -1 in [-1, 28, 28, 1] stands for what is left over: 784 values / (28·28·1) = 1" in _says(posts, "x")
    assert "the number of images; so the code takes as many at a time as it is given" in _says(posts, "x")


def test_how_o_comes_from_i_and_w(posts: Trace) -> None:
    said = _says(posts, "conv2")
    assert "64 filters of 5×5×32 slide over 14×14×32, each gives one map of 14×14." in said
    assert "Each filter goes through all 32 channels of the input." in said
    assert "5·5·32 = 800 products: O[n,i,j,k] = Σ_{di,dj,q} I[n, i+di−2, j+dj−2, q] · W[di,dj,q,k]." in said


def test_same_against_valid_with_this_layers_padding_drawn(posts: Trace) -> None:
    said = _says(posts, "conv1")
    assert "SAME asks for ceil(28 / 1) = 28 rows" in said
    assert "2 above and 2 below; likewise 2 columns on the left and 2 on the right" in said
    assert "▢▢■■■■■■…■■■■■■▢▢" in said
    assert "VALID would stay inside and give 24×24." in said

    class Valid(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return ops.conv2d(ops.reshape(x, [-1, 9, 9, 1]), torch.ones(4, 4, 1, 2), 2, "VALID")

    said = _says(explain(Valid(), torch.rand(1, 81)), "conv2d")
    assert "VALID: the window stays inside, nothing is added at the edges; SAME would give 5×5." in said
    assert "Height: floor((9 − 4) / 2) + 1 = 3" in said


def test_padding_that_is_not_even_is_drawn_as_it_is() -> None:
    class Same(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return ops.conv2d(ops.reshape(x, [-1, 6, 7, 1]), torch.ones(3, 4, 1, 2), 2, "SAME")

    said = _says(explain(Same(), torch.rand(1, 42)), "conv2d")
    assert "0 above and 1 below; likewise 1 columns on the left and 2 on the right" in said.replace(
        "1 column ", "1 columns "
    )
    assert "▢■■■■■■■▢▢" in said


def test_why_strides_and_ksize_have_four_numbers(posts: Trace) -> None:
    why = "four numbers because a batch of images has four dimensions, [N, height, width, channels]"
    assert f"strides = [1, 1, 1, 1] has {why}" in _says(posts, "conv1")
    assert f"ksize = [1, 2, 2, 1] and strides = [1, 2, 2, 1] have {why}" in _says(posts, "conv1.max_pool")


def test_why_the_output_is_14_by_14(posts: Trace) -> None:
    said = _says(posts, "conv1.max_pool")
    assert "28×28 becomes 14×14" in said
    assert "SAME asks for ceil(28 / 2) = 14 rows, and here the windows fit exactly" in said


def test_what_relu_does(posts: Trace) -> None:
    cut = int((posts["conv1.bias_add"].output < 0).sum())
    assert f"Negative values become 0, the others pass unchanged; here {cut:,} of 25,088" in _says(posts, "conv1.relu")


def test_what_keep_prob_0_would_do(posts: Trace) -> None:
    said = _says(posts, "fc1.dropout")
    assert "Dropout is off (keep probability 1)" in said
    assert "keep_prob = 0 would keep nothing, and 1 / 0 is no number, so it is an error" in said


def test_what_dropout_dropped_while_training() -> None:
    trace = explain(build("conv_net").train(), torch.rand(1, 28, 28))
    step = trace["fc1.dropout"]
    dropped = int(((step.output == 0) & (trace["fc1.relu"].output != 0)).sum())
    said = "\n".join(step.words())
    assert f"Each value is kept with probability 0.75, by chance; here {dropped:,} of 1,024 were set to 0." in said
    assert "multiplied by 1 / 0.75 = 1.333" in said


def test_what_is_learned_and_what_it_costs(posts: Trace) -> None:
    assert (
        "It learns 51,200 parameters and costs 10,035,200 multiply-accumulates for one image: 800 for each of its "
        "12,544 values." in _says(posts, "conv2")
    )
    assert "depends on 14×14 pixels of the image" in _says(posts, "conv2")
    assert "depends on the whole image" in _says(posts, "fc1.matmul")


def test_a_batch_normalization_costs_as_much_as_it_has_values() -> None:
    layers = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16))
    said = explain(layers.eval(), torch.rand(1, 32, 32))
    cost = "multiply-accumulates for one image"
    assert f"costs 163,840 {cost}: 10 for each of its 16,384 values, its bias counted as one." in _says(said, "0")
    assert f"costs 16,384 {cost}: one for each of its 16,384 values." in _says(said, "1")


def test_groups_dilation_and_joining() -> None:
    depthwise = ARCHITECTURES["depthwise"]
    trace = explain(depthwise.network(), depthwise.image())
    assert "every channel has filters of its own, and no filter mixes channels (depthwise)" in _says(
        trace, "features.3.conv.3"
    )
    assert "are added, value by value" in _says(trace, "features.3.add")
    inception = ARCHITECTURES["inception"]
    trace = explain(inception.network(), inception.image())
    assert "4 + 6 + 4 + 2 = 16 channels" in _says(trace, "mixed.cat")


def test_one_number_for_each_map_is_a_bias_and_any_other_constant_is_none() -> None:
    class Adds(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3, bias=False)
            self.bias = nn.Parameter(torch.zeros(2))
            self.place = nn.Parameter(torch.zeros(1, 2, 4, 4))

        def forward(self, x: Tensor) -> Tensor:
            half = self.conv(x) + 0.5
            bias = self.conv(x) + self.bias[:, None, None]
            place = self.conv(x) + self.place
            return torch.stack([half, bias, place])

    trace = explain(Adds(), torch.rand(1, 6, 6))
    assert [trace[name].kind for name in ("half.add", "bias.add", "place.add")] == ["other", "convolution", "other"]
    assert "0.5 is added to every value: 4×4×2." in _says(trace, "half.add")
    assert "Each of the 2 maps gets one number added to all its 4×4 values: its bias." in _says(trace, "bias.add")
    assert "bias" not in _says(trace, "place.add")


def test_a_field_that_reaches_into_the_padding_holds_no_more_pixels_than_the_image() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 5, padding=2), nn.Conv2d(1, 1, 5, padding=2))
    trace = explain(network, torch.rand(1, 6, 40))
    assert "depends on one pixel of the image" in _says(trace, "0")
    assert "depends on 5×5 pixels of the image" in _says(trace, "1")
    assert "depends on 6×9 pixels of the image" in _says(trace, "2")
    assert "1 filter of 5×5×1 slides over" in _says(trace, "1")


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (nn.Linear(4, 1), "What the network returns: one number, "),
        (nn.Sequential(nn.Linear(4, 2), nn.Softmax(1)), "They are probabilities already"),
        (nn.Linear(4, 2), "Softmax makes probabilities of them"),
        (nn.AdaptiveAvgPool1d(0), "What the network returns is empty: [1, 0]."),
    ],
)
def test_what_the_network_returns(network: nn.Module, says: str) -> None:
    assert says in _says(explain(network, torch.rand(1, 4)), "output")


def test_a_fully_connected_layer_at_many_places_is_a_convolution_of_one_by_one() -> None:
    said = _says(explain(nn.Linear(4, 1), torch.rand(1, 3, 5, 4)), "linear")
    assert "1 output, each connected with all 4 inputs at each of the 15 places" in said
    assert "a convolution whose window is 1×1" in said
    assert "plus 1 bias." in said
