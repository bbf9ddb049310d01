from functools import partial

import torch.nn as nn

pair = lambda x: x if isinstance(x, tuple) else (x, x)


class PreNormResidual(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.fn = fn
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        return self.fn(self.norm(x)) + x


class Patches(nn.Module):
    """b c (h p) (w q) -> b (h w) (p q c), by hand."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        b, c, h, w = x.shape
        p = self.p
        x = x.reshape(b, c, h // p, p, w // p, p)
        return x.permute(0, 2, 4, 3, 5, 1).reshape(b, (h // p) * (w // p), p * p * c)


class MeanOver(nn.Module):
    def forward(self, x): return x.mean(1)


def FeedForward(dim, expansion=2, dropout=0., dense=nn.Linear):
    inner = int(dim * expansion)
    return nn.Sequential(dense(dim, inner), nn.GELU(), nn.Dropout(dropout), dense(inner, dim), nn.Dropout(dropout))


def MLPMixer(image_size=28, channels=1, patch_size=7, dim=24, depth=2, num_classes=10):
    h, w = pair(image_size)
    assert h % patch_size == 0 and w % patch_size == 0, 'image must be divisible by patch size'
    n = (h // patch_size) * (w // patch_size)
    chan_first, chan_last = partial(nn.Conv1d, kernel_size=1), nn.Linear
    return nn.Sequential(
        Patches(patch_size),
        nn.Linear(patch_size ** 2 * channels, dim),
        *[nn.Sequential(
            PreNormResidual(dim, FeedForward(n, 2, 0.1, chan_first)),
            PreNormResidual(dim, FeedForward(dim, 0.5, 0.1, chan_last)),
        ) for _ in range(depth)],
        nn.LayerNorm(dim),
        MeanOver(),
        nn.Linear(dim, num_classes),
    )
