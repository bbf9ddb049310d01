"""What a page that runs the network is made of, and when there is none."""

import gzip
import html as escape
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fivebyfive import standalone
from fivebyfive.errors import InputError
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page.envelope import unpack

from .networks import branches


@pytest.fixture(scope="module")
def colour() -> Trace:
    return explain(branches(), np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8), name="colour")


def test_a_notebook_shows_the_very_page_that_a_file_holds(colour: Trace, tmp_path: Path) -> None:
    colour.to_html(tmp_path / "page.html", live=True)
    page = colour.live()
    assert page == (tmp_path / "page.html").read_text(encoding="utf-8")
    shown = page._repr_html_()  # type: ignore[attr-defined]
    assert shown.startswith("<iframe srcdoc=")
    assert escape.unescape(shown).count(page) == 1


def test_it_names_no_folder_and_holds_no_numbers_of_one_picture(colour: Trace) -> None:
    found = unpack(gzip.decompress(standalone.document(colour)))
    assert not [name for name in found.buffers if name.startswith("output/")]
    assert "words" not in found.fields
    assert str(Path.home()) not in colour.live()


def test_another_picture_is_explained_by_the_same_network(colour: Trace) -> None:
    assert colour.anew is not None
    assert colour.image is not None
    again = colour.anew.explain(colour.image)
    assert all(torch.equal(a.output, b.output) for a, b in zip(colour.steps, again.steps, strict=True))


def test_a_trace_from_a_file_knows_no_network(colour: Trace, tmp_path: Path) -> None:
    colour.save(tmp_path / "colour.trace")
    with pytest.raises(InputError, match="the trace comes from a file"):
        Trace.load(tmp_path / "colour.trace").live()


def test_what_is_no_picture_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="what it was given are not a picture's bytes"):
        explain(branches(), torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0))).live()
    with pytest.raises(InputError, match="its input is no picture"):
        explain(nn.Linear(4, 2), torch.zeros(4)).live()


def test_a_gallery_is_not_endless(colour: Trace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the gallery has 61 pictures; a page takes 60 at most"):
        colour.live([tmp_path / "a.png"] * 61)
    with pytest.raises(InputError, match="there is no picture in"):
        colour.live([tmp_path])
