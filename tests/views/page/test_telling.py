"""The page finds the same telling values as Python does, of every sort of network."""

import json
import math
import subprocess
from pathlib import Path

from fivebyfive.explain.telling import telling
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page.document import pack, parameters, structure, values

SCRIPT = Path(__file__).parents[2] / "js" / "tellings.js"


def test_page_and_python_agree(traces: dict[str, Trace], conv_net: Trace, tmp_path: Path) -> None:
    shown = {name: t for name, t in traces.items() if "x.lp_pool2d" not in {step.name for step in t.steps}}
    shown["conv_net"] = conv_net  # of a pooling by powers the page does not know the window
    paths = []
    for name, trace in shown.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(pack(structure(trace), parameters(trace), values(trace)))
    run = subprocess.run(["node", SCRIPT, *paths], capture_output=True, text=True, check=False)
    assert not run.stderr
    for (name, trace), found in zip(shown.items(), json.loads(run.stdout), strict=True):
        expected = dict(zip((step.name for step in trace.steps), telling(trace), strict=True))
        assert dict(zip(expected, map(tuple, found), strict=True)) == expected, name


def test_no_step_shows_a_zero_that_has_another_value(traces: dict[str, Trace], conv_net: Trace) -> None:
    for trace in (*traces.values(), conv_net):
        for step, place in zip(trace.steps, telling(trace), strict=True):
            assert step.value(*place) != 0 or not step.output.any(), step.name


def test_the_way_back_from_the_answer_goes_along_the_strongest_products(conv_net: Trace) -> None:
    places = dict(zip((step.name for step in conv_net.steps), telling(conv_net), strict=True))
    label, _ = conv_net.prediction[0]
    assert places["output"] == places["out.matmul"] == (0, 0, conv_net.classes.index(label))
    ways = [("out.matmul", "fc1.dropout"), ("fc1.matmul", "fc1.reshape"), ("conv2.conv2d", "conv1.max_pool")]
    for name, before in ways:
        value = conv_net[name].value(*places[name])
        terms = conv_net[name].arithmetic(*places[name]).terms
        best = max(terms, key=lambda term: math.copysign(term.product, value * term.product))
        assert places[before] == best.position
        assert best.product * value > 0
