"""What a network gives on the page: run by the page's own modules in Node, and compared with what PyTorch gave."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

import torch

from fivebyfive.explain.trace import Trace
from fivebyfive.views.page.document import pack, values
from fivebyfive.views.page.running import parts, rounded

SCRIPT = Path(__file__).parent / "js" / "running.js"
NEAR = 1e-4
"""How far a number may be from PyTorch's, as a part of the largest of its step, or of 1."""

Distances = dict[str, float | None]


def round_weights(trace: Trace) -> None:
    """The network's weights become what the page is sent of them."""
    with torch.no_grad():
        for weight in rounded(trace):
            weight.copy_(weight.half())


def run(pairs: Iterable[tuple[Trace, Trace]], folder: Path) -> list[Distances]:
    """Of each pair of a network's traces: with what the page is sent of the first, how far it is from the second.

    Returns:
        The distance of each step's output, ``output/I``, and of what else hangs on the picture; None for a number that
        is none.
    """
    paths = []
    for k, (first, second) in enumerate(pairs):
        for name, envelope in ((f"{k}-parts", pack(*parts(first))), (f"{k}-recorded", pack(values(second)))):
            (folder / name).write_bytes(envelope)
            paths.append(str(folder / name))
    made = subprocess.run(["node", str(SCRIPT), *paths], capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in made.stdout.splitlines()]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert errors == []
    return [answer["distances"] for answer in answers]
