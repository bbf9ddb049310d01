"""The page fills the sentences in as Python does, with the numbers of whichever picture it shows."""

import json
import subprocess
from pathlib import Path

import pytest
import torch

from fivebyfive.explain import Trace, explain
from fivebyfive.lesson import Sentence, filled, lesson
from fivebyfive.lesson.filling import percent, short
from fivebyfive.views.page.document import pack, parameters, structure, values

from .conftest import Toured

SCRIPT = Path(__file__).parents[1] / "js" / "fillings.js"


def on_the_page(folder: Path, *packed: bytes) -> list[dict[str, list[str]]]:
    """What Node makes of documents."""
    paths = [folder / str(i) for i in range(len(packed))]
    for path, data in zip(paths, packed, strict=True):
        path.write_bytes(data)
    run = subprocess.run(["node", SCRIPT, *paths], capture_output=True, text=True, check=False)
    assert not run.stderr
    found: list[dict[str, list[str]]] = json.loads(run.stdout)
    return found


def in_python(trace: Trace) -> dict[str, list[str]]:
    """The same sentences."""
    found = {}
    for stop in lesson(trace):
        assert stop.ask is not None
        sentences = (*stop.says, stop.ask.question, stop.ask.because)
        found[stop.id] = [filled(trace, sentence) for sentence in sentences]
    return found


def test_page_and_python_say_the_same_of_any_picture(tour: Toured, tmp_path: Path) -> None:
    trace = tour.trace
    turned = torch.rot90(trace.steps[0].output.reshape(28, 28)).reshape(trace.steps[0].output_shape)
    other = explain(tour.network, turned)
    pages = on_the_page(
        tmp_path,
        pack(structure(trace), parameters(trace), values(trace)),
        pack(structure(trace), parameters(other), values(other)),  # a live page has its sentences from before
    )
    assert pages[0] == in_python(trace)
    changed = {name: [filled(other, s) for s in _sentences(trace, name)] for name in pages[0]}
    assert pages[1] == changed
    assert pages[1] != pages[0]


def _sentences(trace: Trace, name: str) -> list[Sentence]:
    (stop,) = (stop for stop in lesson(trace) if stop.id == name)
    assert stop.ask is not None
    return [*stop.says, stop.ask.question, stop.ask.because]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.25, "−0.250"),
        (12.346, "12.35"),
        (123.46, "123.5"),
        (4321.4, "4321"),
        (0.00012, "1.2e−4"),
        (-float("inf"), "−∞"),
        (float("nan"), "NaN"),
    ],
)
def test_a_number_is_as_long_as_its_size_deserves(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.9999, "> 99.9 %"), (1.0, "100.0 %"), (0.0004, "< 0.1 %"), (0.0, "0.0 %"), (0.5, "50.0 %")]
)
def test_a_probability_is_never_certain(value: float, text: str) -> None:
    assert percent(value) == text
