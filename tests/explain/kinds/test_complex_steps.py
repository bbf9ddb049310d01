"""Complex numbers and Fourier transforms: shown are magnitudes, with their phases."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from steps import expect_known, numbers, trace_of

CALLS: list[Callable[[Tensor], Any]] = [
    lambda x: torch.fft.fft(x),
    lambda x: torch.fft.irfft2(torch.fft.rfft2(x, norm="ortho") * numbers(8, 5), s=(8, 8)),
    lambda x: torch.fft.fftshift(torch.fft.fft2(x)).abs(),
    lambda x: torch.view_as_real(
        torch.view_as_complex(x.reshape(1, 3, 8, 4, 2)) * torch.polar(x[0, 0, 0, :4].abs(), x[0, 0, 1, :4])
    ),
    lambda x: torch.complex(x, x + 1).angle(),
    lambda x: torch.complex(x, x).conj().real + torch.complex(x, x).imag,
    lambda x: torch.stft(x.reshape(1, -1), 16, return_complex=True, window=torch.hann_window(16).double()).abs(),
    lambda x: torch.fft.hfft(x),
    lambda x: torch.fft.ifft(x).real,
    lambda x: F.linear(torch.complex(x, x), torch.complex(numbers(4, 8), numbers(4, 8))),
    lambda x: torch.complex(x, x).reshape(1, -1)[:, ::2],
    lambda x: torch.complex(x, x).sum(1) + torch.complex(x, x).mean(1),
    lambda x: torch.complex(x, x) @ torch.complex(x, x),
]


@pytest.mark.parametrize("does", CALLS, ids=range(len(CALLS)))
def test_every_way_to_call_has_its_sum_and_its_words(does: Callable[[Tensor], Any]) -> None:
    expect_known(trace_of(does))
