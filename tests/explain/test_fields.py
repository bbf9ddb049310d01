"""All that reaches a value lies inside of its field, and the field is at most twice as large, each way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fivebyfive.explain import ReceptiveField, Trace, Window, explain, seen
from reached import expect_field_of_output, expect_fields
from support import load_network

PEOPLE = Path(__file__).parent.parent / "people"


class Net(nn.Module):
    """A network that does what it is given."""

    def __init__(self, does: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.does = does

    def forward(self, x: Tensor) -> Tensor:
        return self.does(x)


def _images(count: int, *shape: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.rand(shape, generator=generator) for _ in range(count)]


def _weight(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


# --- networks -------------------------------------------------------------------------------------------------------


PEOPLES = ["attention_gates:AttUNetClassifier", "convnext_permute:ConvNeXt", "matrices_only:MnistLogistic",
           "mixer:MLPMixer", "padding_modes:Net", "shuffle_view:ShuffleNet", "spatial_transformer:Net",
           "vit_by_hand:SimpleViT", "vit_encoder:VisionTransformer"]  # fmt: skip


@pytest.mark.parametrize("name", PEOPLES)
def test_of_networks_as_people_write_them(name: str) -> None:
    torch.manual_seed(0)
    file, network = name.split(":")
    made = load_network(f"{PEOPLE / file}.py:{network}").eval()
    for parameter in made.parameters():
        if not parameter.any():  # through weights of 0 nothing is reached
            nn.init.normal_(parameter, std=0.1)
    expect_fields(made, _images(2 if "transformer" in name else 1, 1, 28, 28))


def test_nothing_is_said_behind_what_python_cannot_watch() -> None:
    network = load_network(f"{PEOPLE / 'scripted_part.py'}:Net").eval()
    expect_fields(network, _images(1, 1, 28, 28), unknown=["Sequential"])


class ShiftedWindows(nn.Module):
    """Attention inside of windows that are shifted by half their size; what has come round the edge is shut out."""

    mask: Tensor

    def __init__(self, shut_out: float = -100.0) -> None:
        super().__init__()
        self.embed, self.norm = nn.Conv2d(3, 8, 2, 2), nn.LayerNorm(8)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)
        part = torch.zeros(1, 8, 8, 1)
        for i, rows in enumerate((slice(0, -4), slice(-4, -2), slice(-2, None))):
            for j, columns in enumerate((slice(0, -4), slice(-4, -2), slice(-2, None))):
                part[:, rows, columns] = i * 3 + j
        parts = self.windows(part).squeeze(-1)
        mask = (parts[:, None, :] != parts[:, :, None]).float() * shut_out
        self.register_buffer("mask", mask.nan_to_num(0.0))

    def windows(self, x: Tensor) -> Tensor:
        n, height, width, channels = x.shape
        x = x.view(n, height // 4, 4, width // 4, 4, channels)
        return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x).permute(0, 2, 3, 1)
        whole = self.windows(torch.roll(self.norm(x), (-2, -2), (1, 2)))
        q, k, v = self.qkv(whole).reshape(4, 16, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-2, -1) * 0.5 + self.mask[:, None]
        mixed = self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(4, 16, 8))
        mixed = mixed.view(1, 2, 2, 4, 4, 8).permute(0, 1, 3, 2, 4, 5).reshape(1, 8, 8, 8)
        return x + torch.roll(mixed, (2, 2), (1, 2))


@pytest.mark.parametrize("shut_out", [-100.0, float("-inf")])
def test_of_windows_that_are_shifted(shut_out: float) -> None:
    torch.manual_seed(0)
    network = ShiftedWindows(shut_out)
    expect_fields(network, _images(1, 3, 16, 16))
    first = explain(network.float(), _images(1, 3, 16, 16)[0])["output"]
    assert first.window(0, 0) == Window(0, 4, 0, 4)  # its window's corner has come round: only itself is left there


class Hybrid(nn.Module):
    """Tokens of a map attend to fewer of them, become a map again, are convolved, and tokens again."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.fewer = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 8, 4, 4)
        self.depthwise, self.q, self.kv = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Linear(8, 8), nn.Linear(8, 16)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)
        n, channels, height, width = x.shape
        tokens = x.flatten(2).transpose(1, 2)
        again = tokens.transpose(1, 2).view(n, channels, height, width)
        convolved = self.depthwise(again).flatten(2).transpose(1, 2)
        q = self.q(convolved).reshape(n, -1, 2, 4).transpose(1, 2)
        k, v = self.kv(self.fewer(again).flatten(2).transpose(1, 2)).reshape(n, -1, 2, 2, 4).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, channels) + tokens


def test_of_tokens_that_become_maps_again() -> None:
    torch.manual_seed(0)
    network = Hybrid()
    expect_fields(network, _images(1, 3, 16, 16))
    trace = explain(network.float(), _images(1, 3, 16, 16)[0])
    assert trace["tokens.transpose"].receptive_field == ReceptiveField(3, 3, (0.0, 0.0), False)
    assert trace["depthwise"].receptive_field == ReceptiveField(7, 7, (2.0, 2.0), False)
    assert trace["output"].receptive_field == ReceptiveField(16, 16, (0.0, 0.0), True)


# --- operations -----------------------------------------------------------------------------------------------------

LSTM, BOTH_WAYS, DEEP = (
    nn.LSTM(12, 3, batch_first=True, dtype=torch.float64),
    nn.GRU(12, 3, bidirectional=True, dtype=torch.float64),
    nn.RNN(12, 3, 2, bidirectional=True, batch_first=True, dtype=torch.float64),
)
HEADS = nn.MultiheadAttention(12, 2, batch_first=True, dtype=torch.float64)
GRID = torch.rand(1, 5, 6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) * 1.6 - 0.8

OPERATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear along the width": lambda x: F.linear(x, _weight(5, 12)),
    "linear along the height": lambda x: F.linear(x.transpose(2, 3), _weight(5, 12)),
    "conv1d of rows": lambda x: F.conv1d(x[0].permute(1, 0, 2), _weight(4, 3, 3), padding=1),
    "conv1d of all pixels": lambda x: F.conv1d(x.flatten(2), _weight(4, 3, 5), stride=3, dilation=2),
    "conv3d": lambda x: F.conv3d(x[:, None], _weight(2, 1, 2, 3, 3), padding=(0, 2, 1), dilation=(1, 2, 1)),
    "conv_transpose2d": lambda x: F.conv_transpose2d(x, _weight(3, 2, 3, 2), stride=(2, 3), padding=1, dilation=2),
    "max_unpool2d": lambda x: F.max_unpool2d(*F.max_pool2d_with_indices(x, [2, 2]), [2, 2]),
    "pooling of three directions": lambda x: F.avg_pool3d(x[:, None], (1, 2, 3), padding=(0, 1, 1)),
    "groups of different branches": lambda x: F.conv2d(
        torch.cat([x, F.conv2d(x, _weight(3, 3, 5, 5), padding=2)], 1), _weight(6, 3, 3, 3), groups=2
    ),
    "dilation in padding": lambda x: F.conv2d(x, _weight(2, 3, 3, 3), padding=7, dilation=7),
    "windows in the batch": lambda x: F.conv2d(
        x.reshape(1, 3, 2, 6, 2, 6).permute(0, 2, 4, 1, 3, 5).reshape(4, 3, 6, 6), _weight(2, 3, 3, 3), padding=1
    ),
    "patches by strides": lambda x: x.unfold(2, 4, 2).unfold(3, 3, 3).reshape(1, 3, 20, 12).transpose(1, 2),
    "columns": lambda x: F.unfold(x, 3, stride=3, padding=1).transpose(1, 2),
    "folded back": lambda x: F.fold(F.unfold(x, 4, stride=2), 12, 4, stride=2),
    "pixel_shuffle": lambda x: F.pixel_shuffle(F.conv2d(x, _weight(8, 3, 3, 3), padding=1), 2),
    "pixel_unshuffle": lambda x: F.conv2d(F.pixel_unshuffle(x, 4), _weight(1, 48, 1, 1)),
    "flipped, rolled, turned": lambda x: torch.rot90(x.flip(2).roll(3, 3), 1, (2, 3)),
    "strided slices": lambda x: F.conv2d(x, _weight(2, 3, 3, 3))[:, :, 1::3, :-2:2],
    "rows by number": lambda x: x[:, :, [7, 0, 3]].index_select(3, torch.tensor([1, 1, 5])),
    "written into": lambda x: _written(x),
    "side by side": lambda x: torch.cat([x[..., :4], torch.zeros_like(x[..., :3]), x[..., 6:]], -1),
    "stacked": lambda x: torch.stack([x, x.flip(3), torch.ones_like(x)], 2).sum(2),
    "repeated": lambda x: x.repeat(1, 1, 2, 1).repeat_interleave(2, 3),
    "frames": lambda x: F.pad(F.pad(x, (2, 1, 0, 3)), (2, 2, 3, 3), "reflect"),
    "sums": lambda x: x.sum(2) / x.norm(dim=(2, 3))[..., None] + x.amax((1, 3)),
    "running sums": lambda x: x.cumsum(2).cumprod(3),
    "sorted": lambda x: F.linear(x.sort(3).values.topk(2, 2).values, _weight(4, 12)),
    "gates": lambda x: F.glu(F.glu(x, 2), 3),
    "statistics": lambda x: F.layer_norm(F.instance_norm(F.group_norm(x[..., :6], 3))[:, :, :3], (6,)),
    "einsum": lambda x: torch.einsum("nchw,vw->nvhc", x, _weight(5, 12)) + torch.einsum("...hw->...h", x).mT[:, None],
    "a matrix first": lambda x: _weight(4, 12) @ x,
    "a matrix by a vector": lambda x: x[0, 0] @ x[0, 1, 3] + torch.mv(x[0, 2], x[0, 0, 1]),
    "distances": lambda x: torch.cdist(x[0], x[0].square()),
    "lstm by rows": lambda x: LSTM(x[:, 0])[0],
    "lstm's last state": lambda x: LSTM(x[:, 0])[1][0],
    "both ways": lambda x: BOTH_WAYS(x[0].transpose(0, 1))[0],
    "both ways, deep": lambda x: DEEP(x[0])[0],
    "attention by rows": lambda x: HEADS(x[:, 0], x[:, 1], x[:, 1])[0],
    "who looks at whom": lambda x: HEADS(x[:, 0], x[:, 0], x[:, 0])[1],
    "causal attention": lambda x: F.scaled_dot_product_attention(x, x, F.linear(x, _weight(12, 12)), is_causal=True),
    "masked attention": lambda x: F.scaled_dot_product_attention(
        x, x, x, attn_mask=torch.ones(12, 12, dtype=torch.bool).tril(2).triu(-3)
    ),
    "looked up": lambda x: F.embedding((x[:, 0] * 9).long().clamp(0, 9), _weight(10, 4)),
    "sampled at points": lambda x: F.grid_sample(F.conv2d(x, _weight(2, 3, 3, 3)), GRID, align_corners=False),
    "sampled where the picture says": lambda x: F.grid_sample(
        x, F.affine_grid(F.linear(x.flatten(1), _weight(6, 432) / 20).tanh().view(1, 2, 3), [1, 3, 4, 4], False)
    ),
    "spectrum": lambda x: torch.fft.rfft(x, dim=2).abs(),
    "chosen by values": lambda x: torch.where(x > 0.5, x + x.flip(2), x * x.masked_fill(x > 0.99, 0.3).flip(2)),
}


def _written(x: Tensor) -> Tensor:
    y = torch.zeros_like(x)
    y[:, :, 2:8] = x[:, :, :6]
    y[:, 0, :, 3] = 1.0
    return y.index_copy(3, torch.tensor([0, 1]), x[..., 8:10])


@pytest.mark.parametrize("name", OPERATIONS)
def test_of_operations(name: str) -> None:
    torch.manual_seed(0)
    expect_fields(Net(OPERATIONS[name]), _images(2, 3, 12, 12))


@given(data=st.data(), n=st.integers(4, 11))
@settings(max_examples=40, deadline=None)
def test_of_windows_of_any_size(data: st.DataObject, n: int) -> None:
    kernel, stride, dilation = (data.draw(st.integers(1, most)) for most in (4, 3, 3))
    kind = data.draw(st.sampled_from(["zeros", "reflect", "replicate", "circular", "transposed", "max", "mean"]))
    padding = data.draw(st.integers(0, kernel // 2 if kind in ("max", "mean") else min(3, n - 1)))
    reach = dilation * (kernel - 1) + 1
    assume(reach <= n + 2 * padding)
    makes: dict[str, Callable[[], nn.Module]] = {
        "transposed": lambda: nn.ConvTranspose2d(1, 2, kernel, stride, padding, dilation=dilation),
        "max": lambda: nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=data.draw(st.booleans())),
        "mean": lambda: nn.AvgPool2d(kernel, stride, padding),
    }
    assume(kind != "transposed" or (n - 1) * stride + reach > 2 * padding)
    padded: dict[str, Any] = {"padding_mode": kind}
    make = makes.get(kind, lambda: nn.Conv2d(1, 2, kernel, stride, padding, dilation, **padded))
    expect_field_of_output(make(), _images(3, 1, n, n + 1), chooses=kind == "max")


MODES = ["nearest", "nearest-exact", "area", "bilinear", "bicubic"]


@given(data=st.data(), mode=st.sampled_from(MODES), n=st.integers(2, 9), out=st.integers(1, 19))
@settings(max_examples=40, deadline=None)
def test_of_pictures_that_are_resized(data: st.DataObject, mode: str, n: int, out: int) -> None:
    smooth = mode in ("bilinear", "bicubic")
    options = {"align_corners": data.draw(st.booleans()), "antialias": data.draw(st.booleans())} if smooth else {}
    if data.draw(st.booleans()):
        factor = data.draw(st.sampled_from([0.5, 0.75, 1.3, 2.0, 3.0]))
        network = Net(lambda x: F.interpolate(x, scale_factor=factor, mode=mode, **options))
    else:
        network = Net(lambda x: F.interpolate(x, (out, out + 1), mode=mode, **options))
    expect_field_of_output(network, _images(1, 1, n, n + 1))


# --- places outside of the image --------------------------------------------------------------------------------------


def _line(network: nn.Module, size: int = 24) -> Trace:
    return explain(network, _images(1, 1, size, size)[0])


@given(data=st.data(), depth=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_unclipped_it_is_the_window_of_a_larger_picture(data: st.DataObject, depth: int) -> None:
    """In the middle of a picture that is so large that no edge is near, and moved by the jump from there."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        kernel, stride = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
        layers.append(
            data.draw(
                st.sampled_from([
                    nn.Conv2d(1, 1, kernel, stride, kernel // 2),
                    nn.ConvTranspose2d(1, 1, kernel, stride),
                    nn.MaxPool2d(kernel, stride),
                    nn.Upsample(scale_factor=2, mode="bilinear"),
                    nn.Upsample(scale_factor=2),
                ])
            )
        )  # fmt: skip
    trace = _line(nn.Sequential(*layers), 48)
    for step in trace.steps:
        field, place = step.receptive_field, step.size[0] // 2
        here = step.window(place, place)
        assert field is not None
        assert here is not None
        if 0 < here.y0 < here.y1 < 48:
            assert step.window(place, place, clipped=False) == here
            assert here.y1 - here.y0 <= field.height


def test_unclipped_it_shows_the_padding() -> None:
    step = _line(nn.Sequential(nn.Conv2d(1, 2, 5, 2, 2), nn.Conv2d(2, 2, 3, 1, 1)))["1"]
    assert step.receptive_field == ReceptiveField(9, 9, (2.0, 2.0), False)
    assert step.window(0, 0, 0, clipped=False) == Window(-4, 5, -4, 5)
    assert step.window(0, 0, 0) == Window(0, 5, 0, 5)


def test_a_list_of_numbers_or_words_has_no_field() -> None:
    trace = explain(nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 3)), torch.rand(1, 6))
    assert all(step.receptive_field is None and step.window() is None for step in trace.steps)


# --- what a value reaches ---------------------------------------------------------------------------------------------


def test_a_value_reaches_the_windows_that_it_lies_in() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3, 2), nn.Flatten(), nn.Linear(200, 4))
    trace = _line(network)
    found = seen.influence(trace.steps, trace["0"], 7, 4, 1)
    assert found[trace["1"].index] == Window(3, 4, 1, 3)
    assert found[trace["3"].index] == Window(0, 1, 0, 1)
    assert trace["0"].index not in found


def test_what_a_value_reaches_is_what_depends_on_it() -> None:
    torch.manual_seed(0)
    trace = explain(Hybrid(), _images(1, 3, 16, 16)[0])
    found = seen.influence(trace.steps, trace.steps[0], 5, 9, 0)
    for step in trace.steps[1:]:
        reached = [
            (y, x)
            for y in range(step.size[0])
            for x in range(step.size[1])
            for window in (step.window(y, x, channel) for channel in range(step.size[2]))
            if window is not None and window.y0 <= 5 < window.y1 and window.x0 <= 9 < window.x1
        ]
        rows, columns = zip(*reached, strict=True)
        assert found[step.index] == Window(min(rows), max(rows) + 1, min(columns), max(columns) + 1), step.name


def test_behind_an_unknown_operation_what_a_value_reaches_is_not_known() -> None:
    trace = _line(Net(lambda x: torch.special.airy_ai(x * 0.5) + 1))
    found = seen.influence(trace.steps, trace.steps[0], 0, 0, 0)
    assert found[trace["special_airy_ai"].index] is None
    assert found[trace["output"].index] is None
