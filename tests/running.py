"""What a network gives on the page: run by the page's own modules in Node, and compared with what PyTorch gave."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from fivebyfive.explain.trace import Trace
from fivebyfive.views.page.document import pack, parameters, structure, values
from fivebyfive.views.page.running import parts, rounded

SCRIPT = Path(__file__).parent / "js" / "running.js"
NEAR = 1e-4
"""How far a number may be from PyTorch's, as a part of the largest of its step, or of 1."""

Distances = dict[str, float | None]
"""Of each step's output, ``output/I``, and of what else hangs on the picture; None for a number that is none."""
Changes = Mapping[str, Mapping[str, Any]]
"""By a step's name what is changed, as js/network/otherwise.js has it."""
Asked = tuple[bytes, Trace, list[Any]]
"""What a page is sent, what is compared with what it makes, and what is changed, by the steps' indices."""


def round_weights(trace: Trace) -> None:
    """The network's weights become what the page is sent of them."""
    with torch.no_grad():
        for weight in rounded(trace):
            weight.copy_(weight.half())


def run(pairs: Iterable[tuple[Trace, Trace]], folder: Path) -> list[Distances]:
    """Of each pair of a network's traces: with what the page is sent of the first, how far it is from the second."""
    asked: list[Asked] = [(pack(*parts(first)), second, []) for first, second in pairs]
    return [answer["distances"] for answer in _answers(asked, folder)]


def change(cases: Sequence[tuple[Trace, Changes, Trace]], folder: Path) -> list[Distances]:
    """Of each trace: changed so on the page, how far it is from the trace of a network that was changed so."""
    asked: list[Asked] = []
    for trace, changes, changed in cases:
        sent = pack(structure(trace), parameters(trace), values(trace))
        asked.append((sent, changed, [[trace[name].index, _whole(each)] for name, each in changes.items()]))
    answers = _answers(asked, folder)
    assert [answer.get("stopped") for answer in answers] == [None] * len(answers)
    return [answer["distances"] for answer in answers]


def _whole(each: Mapping[str, Any]) -> dict[str, Any]:
    return {"weights": {}, "biases": {}, "off": []} | dict(each)


def _answers(asked: Iterable[Asked], folder: Path) -> list[dict[str, Any]]:
    paths = []
    for k, (sent, recorded, changes) in enumerate(asked):
        files = {"sent": sent, "recorded": pack(values(recorded)), "changes": json.dumps(changes).encode()}
        for name, content in files.items():
            path = folder / f"{k}-{name}"
            path.write_bytes(content)
            paths.append(str(path))
    made = subprocess.run(["node", str(SCRIPT), *paths], capture_output=True, text=True, check=True)
    answers: list[dict[str, Any]] = [json.loads(line) for line in made.stdout.splitlines()]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert errors == []
    return answers
