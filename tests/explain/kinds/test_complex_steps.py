"""Complex numbers and Fourier transforms: shown are magnitudes, with their phases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.views.page.document import structure
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


def test_a_complex_number_is_shown_by_its_magnitude_and_its_phase() -> None:
    step = expect_known(trace_of(lambda x: torch.fft.fft2(x)), "fft_fft2")
    found = step.arithmetic(1, 2, 1)
    there = step.output[0, 1, 1, 2]
    assert found.total == pytest.approx(float(there.abs()))
    assert found.details["phase"] == pytest.approx(float(there.angle()))
    assert len(found.terms) == 8 * 8
    assert found.formula() == "O = Σ_q I[q] · e^(−2πi·k·q/n)"
    assert found.formula(numbers=True).endswith(f"i| = {found.total:.4g}")


def test_a_transform_says_how_it_is_scaled() -> None:
    trace = trace_of(lambda x: torch.fft.irfft(torch.fft.rfft(x, norm="ortho"), norm="ortho"))
    assert expect_known(trace).arithmetic().formula().startswith("O = 1/√n · Σ_q")


def test_the_page_computes_nothing_of_complex_numbers_by_itself(tmp_path: Path) -> None:
    trace = trace_of(lambda x: (torch.complex(x, x) * torch.polar(x.abs(), x)).abs())
    steps = structure(trace).fields["structure"]["steps"]
    assert [step["attributes"]["form"] for step in steps if step["op"] in ("complex", "polar", "mul")] == [""] * 3
    trace.to_html(tmp_path / "page.html")
