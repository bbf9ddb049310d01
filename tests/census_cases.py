"""Blocks in the style of the libraries that the census counts, with what was missing or wrong when it was found."""

import math
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PatchMixer(nn.Module):
    """MLP-Mixer's: along the tokens, a linear layer of the transposed list; each token is one patch."""

    def __init__(self, dim: int = 8, patch: int = 8, side: int = 32) -> None:
        super().__init__()
        tokens = (side // patch) ** 2
        self.stem = nn.Conv2d(3, dim, patch, stride=patch)
        self.norm = nn.LayerNorm(dim)
        self.mlp_tokens = nn.Sequential(nn.Linear(tokens, 12), nn.GELU(), nn.Dropout(0.1), nn.Linear(12, tokens))

    def forward(self, x: Tensor) -> Any:
        x = self.stem(x).flatten(2).transpose(1, 2)
        return x + self.mlp_tokens(self.norm(x).transpose(1, 2)).transpose(1, 2)


class ShiftedWindows(nn.Module):
    """Swin's: windows are folded into the batch, one is padded, the picture is rolled, and attention is written out."""

    def __init__(self, dim: int = 8, window: int = 4, heads: int = 2) -> None:
        super().__init__()
        self.window, self.heads, self.scale = window, heads, (dim // heads) ** -0.5
        self.embed = nn.Conv2d(3, dim, 4, stride=4)
        self.norm = nn.LayerNorm(dim)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.relative = nn.Parameter(torch.randn(heads, window**2, window**2))

    def forward(self, x: Tensor) -> Any:
        x = self.norm(self.embed(x).permute(0, 2, 3, 1).contiguous())
        b, h, w, c = x.shape
        n = self.window
        x = F.pad(torch.roll(x, (-2, -2), (1, 2)), (0, 0, 0, -w % n, 0, -h % n))
        hp, wp = x.shape[1:3]
        windows = x.view(b, hp // n, n, wp // n, n, c).permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, n * n, c)
        q, k, v = self.qkv(windows).reshape(-1, n * n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        attention = (q * self.scale) @ k.transpose(-2, -1) + self.relative.unsqueeze(0)
        windows = self.proj((attention.softmax(-1) @ v).transpose(1, 2).reshape(-1, n * n, c))
        x = windows.view(b, hp // n, wp // n, n, n, c).permute(0, 1, 3, 2, 4, 5).contiguous().view(b, hp, wp, c)
        return torch.roll(x[:, :h, :w], (2, 2), (1, 2)).mean((1, 2))


class FusedAttention(nn.Module):
    """ViT's, with a class token, positions, the fused attention and half a dozen reshapes."""

    def __init__(self, dim: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.embed = nn.Conv2d(3, dim, 8, stride=8)
        self.cls = nn.Parameter(torch.randn(1, 1, dim))
        self.positions = nn.Parameter(torch.randn(1, 17, dim))
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Any:
        x = self.embed(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls.expand(len(x), -1, -1), x), 1) + self.positions
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c)
        return self.proj(x)[:, 0]


class RotaryAttention(nn.Module):
    """EVA's and Llama's: positions turned into angles on the way, pairs rotated, computed in another precision."""

    def __init__(self, dim: int = 8) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, dim, 8, stride=8)
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Any:
        x = self.embed(x).flatten(2).transpose(1, 2)
        n, c = x.shape[1:]
        speeds = 1.0 / (100 ** (torch.arange(0, c, 2, dtype=torch.int64).float() / c))
        angles = torch.einsum("i,j->ij", torch.arange(n).type_as(speeds), speeds).repeat_interleave(2, -1)
        q, k = (self._turned(part, angles.cos(), angles.sin()) for part in (self.q(x), self.k(x)))
        return F.scaled_dot_product_attention(q.to(x.dtype), k.to(x.dtype), self.v(x))

    def _turned(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        turned = torch.stack((-x[..., 1::2], x[..., ::2]), -1).reshape(x.shape)
        return x.float() * cos + turned.float() * sin


class CoordinateGrid(nn.Module):
    """A grid of coordinates made on the way, as CoordConv and the Fourier positions of XCiT make it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(5, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Any:
        height, width = x.shape[-2:]
        y, x_ = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
        grid = torch.zeros(1, 2, height, width)
        grid[:, 0] = y
        grid[:, 1] = torch.sin(2 * math.pi * x_)
        return self.conv(torch.cat((x, grid), 1))


class FourierMixer(nn.Module):
    """FNet's: the real part of a Fourier transform over tokens and channels."""

    def __init__(self, dim: int = 8) -> None:
        super().__init__()
        self.embed, self.out = nn.Conv2d(3, dim, 8, stride=8), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Any:
        x = self.embed(x).flatten(2).transpose(1, 2)
        return self.out(torch.fft.fftn(x, dim=(1, 2)).real)


class WeightNormed(nn.Module):
    """wav2vec's positions: a convolution whose weight is a direction and a length."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 6, 3, padding=1, groups=3))

    def forward(self, x: Tensor) -> Any:
        return F.gelu(self.conv(x))


class ScaledResidual(nn.Module):
    """ResMLP's and GRN's: `addcmul`, a variance, a norm over the picture."""

    def __init__(self, dim: int = 6) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, dim, 3, padding=1)
        self.alpha, self.beta = nn.Parameter(torch.rand(1, 1, 1, dim)), nn.Parameter(torch.randn(1, 1, 1, dim))
        self.gamma = nn.Parameter(torch.rand(1, 1, 1, dim))

    def forward(self, x: Tensor) -> Any:
        x = self.conv(x).permute(0, 2, 3, 1)
        x = torch.addcmul(self.beta, self.alpha, x)
        reach = x.norm(p=2, dim=(1, 2), keepdim=True)
        x = x + torch.addcmul(self.beta, self.gamma, x * (reach / (reach.mean(-1, keepdim=True) + 1e-6)))
        return (x - x.mean(-1, keepdim=True)) * (x.var(-1, keepdim=True, unbiased=False) + 1e-6).rsqrt()


class Blur(nn.Module):
    """BlurPool's: padding that reflects, and one fixed filter for every channel, made longer on the way."""

    filter: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        line = torch.tensor([1.0, 2.0, 1.0]) / 4
        self.register_buffer("filter", (line[:, None] * line[None])[None, None])

    def forward(self, x: Tensor) -> Any:
        x = F.relu(self.conv(x))
        x = F.conv2d(F.pad(x, (1, 1, 1, 1), "reflect"), self.filter.expand(6, 1, 3, 3), stride=2, groups=6)
        return F.conv2d(F.pad(x, (1, 1, 1, 1), "reflect"), self.filter.expand(6, 1, 3, 3), stride=2, groups=6)


class GrowingCache(nn.Module):
    """Llama's: keys are joined to those of before, of which there are none yet: a list of no numbers, [0]."""

    def __init__(self, dim: int = 8) -> None:
        super().__init__()
        self.embed, self.keys = nn.Conv2d(3, dim, 8, stride=8), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Any:
        x = self.embed(x).flatten(2).transpose(1, 2)
        before = torch.tensor([], dtype=x.dtype)
        return torch.cat([before, self.keys(x).view(1, -1, 2, 4).transpose(1, 2)], dim=-2)


class Reading(nn.Module):
    """Words as numbers: an embedding, its positions, and the first token."""

    takes: ClassVar = "words"

    def __init__(self, dim: int = 8) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(50, dim), nn.Embedding(16, dim)
        self.norm, self.out = nn.LayerNorm(dim), nn.Linear(dim, 3)

    def forward(self, ids: Tensor) -> Any:
        x = self.words(ids) + self.positions(torch.arange(ids.shape[1])[None])
        return self.out(self.norm(x)[:, 0])


CASES: tuple[type[nn.Module], ...] = (
    Blur,
    CoordinateGrid,
    FourierMixer,
    FusedAttention,
    GrowingCache,
    PatchMixer,
    Reading,
    RotaryAttention,
    ScaledResidual,
    ShiftedWindows,
    WeightNormed,
)


def given(case: type[nn.Module]) -> Tensor:
    """What a case takes: a picture of 32×32, or twelve words."""
    drawn = torch.Generator().manual_seed(0)
    if getattr(case, "takes", "") == "words":
        return torch.randint(0, 50, (1, 12), generator=drawn)
    return torch.rand(1, 3, 32, 32, generator=drawn)
