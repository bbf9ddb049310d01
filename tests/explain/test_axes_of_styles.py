"""Networks in the styles that people write: every dimension is followed to the end, every value has its place."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive.explain import Step, explain
from fivebyfive.explain.layout import index_of, position_of
from sums import expect_true, five_places


def _any(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def _linear(x: Tensor, channels: int) -> Tensor:
    return F.linear(x, _any(channels, x.shape[-1]))


def _convolved(x: Tensor, channels: int, size: int, stride: int = 1, padding: int = 0) -> Tensor:
    return F.conv2d(x, _any(channels, x.shape[1], size, size), stride=stride, padding=padding)


def _pvt(x: Tensor) -> Any:
    """Keys and values from a map that is made of the tokens and reduced."""
    t = _convolved(x, 8, 2, 2).flatten(2).transpose(1, 2)
    reduced = _convolved(t.transpose(1, 2).view(1, 8, 8, 8), 8, 2, 2)
    kv = _linear(reduced.reshape(1, 8, -1).permute(0, 2, 1), 16).reshape(1, -1, 2, 2, 4).permute(2, 0, 3, 1, 4)
    q = _linear(t, 8).reshape(1, 64, 2, 4).permute(0, 2, 1, 3)
    t = t + ((q @ kv[0].transpose(-2, -1)).softmax(-1) @ kv[1]).transpose(1, 2).reshape(1, 64, 8)
    return _convolved(t.reshape(1, 8, 8, -1).permute(0, 3, 1, 2).contiguous(), 4, 2, 2)


def _segformer(x: Tensor) -> Any:
    t = _linear(F.layer_norm(_convolved(x, 8, 3, 2, 1).flatten(2).transpose(1, 2), (8,)), 16)
    m = F.conv2d(t.transpose(1, 2).view(1, 16, 8, 8), _any(16, 1, 3, 3), padding=1, groups=16)
    t = _linear(F.gelu(m.flatten(2).transpose(1, 2)), 8)
    return F.interpolate(t.permute(0, 2, 1).reshape(1, -1, 8, 8), scale_factor=2.0)


def _vit(x: Tensor) -> Any:
    t = torch.cat((torch.ones(1, 1, 8), _convolved(x, 8, 4, 4).flatten(2).transpose(1, 2)), 1) + _any(1, 17, 8)
    t = F.scaled_dot_product_attention(t, t, t) + t
    return t[:, 1:].transpose(1, 2).reshape(1, 8, 4, 4)


def _mobilevit(x: Tensor) -> Any:
    x = _convolved(x, 6, 1)
    u = x.reshape(24, 4, 4, 4).transpose(1, 2).reshape(1, 6, 16, 16).transpose(1, 3).reshape(16, 16, 6)
    u = u + _linear(u, 6)
    return u.view(1, 16, 16, 6).transpose(1, 3).reshape(24, 4, 4, 4).transpose(1, 2).reshape(1, 6, 16, 16)


def _mixer(x: Tensor) -> Any:
    t = _convolved(x, 8, 4, 4).flatten(2).transpose(1, 2)
    t = t + _linear(F.gelu(_linear(t.transpose(1, 2), 20)), 16).transpose(1, 2)
    return (t + _linear(t, 8)).mT.reshape(1, 8, 4, 4)


def _convnext(x: Tensor) -> Any:
    y = F.conv2d(x, _any(3, 1, 3, 3), padding=1, groups=3).permute(0, 2, 3, 1)
    return x + _linear(F.gelu(_linear(F.layer_norm(y, (3,)), 12)), 3).permute(0, 3, 1, 2)


def _coatnet(x: Tensor) -> Any:
    """Convolutions, then attention along the map, then a pooled map."""
    m = F.max_pool2d(_convolved(x, 8, 3, 1, 1), 2)
    t = m.flatten(2).transpose(1, 2)
    t = F.scaled_dot_product_attention(t, t, t).transpose(1, 2).reshape(m.shape)
    return F.avg_pool2d(m + t, 2)


def _swin(x: Tensor) -> Any:
    x = torch.roll(_convolved(x, 4, 2, 2).permute(0, 2, 3, 1), (-2, -2), (1, 2))
    w = x.view(1, 2, 4, 2, 4, 4).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, 4)
    q, k, v = _linear(w, 12).reshape(4, 16, 3, 2, 2).permute(2, 0, 3, 1, 4).unbind(0)
    w = ((q @ k.mT).softmax(-1) @ v).transpose(1, 2).reshape(4, 16, 4)
    y = w.view(-1, 4, 4, 4).view(1, 2, 2, 4, 4, -1).permute(0, 1, 3, 2, 4, 5).reshape(1, 8, 8, -1)
    y = torch.roll(y, (2, 2), (1, 2))
    merged = torch.cat([y[:, a::2, b::2] for b in (0, 1) for a in (0, 1)], -1)
    return merged.view(1, -1, 16).transpose(1, 2).reshape(1, 16, 4, 4)


def _patches(x: Tensor) -> Any:
    return _linear(F.unfold(x, 4, stride=4).transpose(1, 2), 5).transpose(1, 2).reshape(1, 5, 4, 4)


def _generator(x: Tensor) -> Any:
    return _convolved(x.flatten(1)[:, :128].view(-1, 4, 4, 8).permute(0, 3, 1, 2), 3, 1)


def _squeezed(x: Tensor) -> Any:
    return x * _linear(x.mean((2, 3)), 3).sigmoid()[:, :, None, None]


def _rows(x: Tensor) -> Any:
    return nn.LSTM(48, 5, batch_first=True)(x.permute(0, 2, 3, 1).reshape(1, 16, 48))[0]


def _line_first(x: Tensor) -> Any:
    return nn.GRU(16, 5)(x[:, 0].transpose(0, 1))[0]


def _signals(x: Tensor) -> Any:
    return F.conv1d(x[0].permute(1, 0, 2), _any(5, 3, 3), padding=1)


def _volume(x: Tensor) -> Any:
    return F.conv3d(x.unsqueeze(2).expand(1, 3, 4, 16, 16), _any(2, 3, 3, 3, 3))


STYLES: dict[Callable[[Tensor], Tensor], tuple[str, tuple[int, int, int]]] = {
    _pvt: ("NCHW", (4, 4, 4)),
    _segformer: ("NCHW", (16, 16, 8)),
    _vit: ("NCHW", (4, 4, 8)),
    _mobilevit: ("NCHW", (16, 16, 6)),
    _mixer: ("NCHW", (4, 4, 8)),
    _convnext: ("NCHW", (16, 16, 3)),
    _coatnet: ("NCHW", (4, 4, 8)),
    _swin: ("NCHW", (4, 4, 16)),
    _patches: ("NCHW", (4, 4, 5)),
    _generator: ("NCHW", (4, 4, 3)),
    _squeezed: ("NCHW", (16, 16, 3)),
    _rows: ("NLC", (1, 16, 5)),
    _line_first: ("LNC", (1, 16, 5)),
    _signals: ("HCW", (16, 16, 5)),
    _volume: ("other", (14, 14, 4)),
}


class Styled(nn.Module):
    def __init__(self, does: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.does = does

    def forward(self, x: Tensor) -> Tensor:
        return self.does(x)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__.strip("_"))
def test_every_style_ends_as_what_it_is_and_each_place_has_its_value(style: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    trace = explain(Styled(style), torch.rand(1, 3, 16, 16))
    assert (trace.steps[-1].layout, trace.steps[-1].size) == STYLES[style]
    for step in trace.steps:
        expect_true(step, five_places(step))
        _expect_every_place_named_once(step)


def _expect_every_place_named_once(step: Step) -> None:
    assert step.maps.numel() == step.output.numel()
    height, width, channels = step.size
    for position in {(0, 0, 0), (height - 1, width // 2, channels - 1), (height // 2, width - 1, channels // 2)}:
        index = index_of(position, step.output_shape, step.layout)
        assert position_of(index, step.output_shape, step.layout) == position
        assert step.output[index] == step.maps[position[2], position[0], position[1]]


def test_a_map_made_of_tokens_is_said_in_rows_and_columns() -> None:
    convolution = [step for step in explain(Styled(_pvt), torch.rand(1, 3, 16, 16)).steps if step.op == "conv2d"][1]
    assert any("(8 − 2) / 2 + 1 = 4" in sentence for sentence in convolution.words())
