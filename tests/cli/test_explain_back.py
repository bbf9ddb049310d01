"""``5x5 explain --label``: the way back in the listing, in a number's card, of a weight, and as JSON."""

import json
from pathlib import Path

import pytest

import fivebyfive
from fivebyfive import datasets
from fivebyfive.cli import loading
from fivebyfive.explain import Trace
from support import Call, Command

PLACE = ("--at", "conv1", "--y", "12", "--x", "11", "--channel", "3")
WEIGHT = ("--weight", "weights.wc2", "--index", "1,3,7,11")


@pytest.fixture(scope="module")
def trace() -> Trace:
    return fivebyfive.explain(loading.load(None, None), datasets.load("mnist").test.pixels[0], label=4)


def test_the_listing_has_the_way_back_beside_the_code(in_process: Command, trace: Trace) -> None:
    done = in_process("explain", "--label", "4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("conv_net · MNIST test image 0 (a 7) ─")
    assert f"the way back: loss {trace.loss:.3f} for the label 4 ─" in done.stdout
    assert "← ██" in done.stdout
    assert "neither vanishing nor exploding" in " ".join(done.stdout.split())
    assert "\x1b" not in done.stdout


def test_without_a_label_there_is_no_way_back(in_process: Command) -> None:
    done = in_process("explain")
    assert done.returncode == 0
    assert "way back" not in done.stdout


def test_one_number_forward_and_back(call: Call) -> None:
    code, out, error = call("explain", *PLACE, "--label", "4")
    assert (code, error) == (0, "")
    assert out.startswith("conv1.conv2d at y 12, x 11, channel 3 = ")
    assert "the way back ─" in out
    assert "∂L/∂conv1.conv2d[12, 11, 3] = " in out
    assert "∂L/∂conv1.conv2d = Σ ∂L/∂conv1.bias_add · ∂conv1.bias_add/∂conv1.conv2d" in out


def test_one_weight(call: Call, trace: Trace) -> None:
    code, out, error = call("explain", "--label", "4", *WEIGHT)
    assert (code, error) == (0, "")
    assert out.startswith("weights.wc2[1, 3, 7, 11] = ")
    assert "This weight met 196 values of conv1.max_pool" in out
    found = trace.parameters["weights.wc2"].gradient
    assert found is not None
    assert f"{float(found[1, 3, 7, 11]):.4g}".replace("-", "−") in out


def test_without_an_index_the_number_that_learns_most(call: Call) -> None:
    code, out, _ = call("explain", "--label", "4", "--weight", "biases.out")
    assert code == 0
    assert out.startswith("biases.out[4] = "), "the right class's, which the answer gave least"


def test_json_has_the_sizes_and_the_sum(call: Call, trace: Trace, tmp_path: Path) -> None:
    code, out, _ = call("explain", "--label", "4", *WEIGHT, "--json", "-")
    assert code == 0
    found = json.loads(out)
    assert found["way_back"]["label"] == "4"
    assert found["way_back"]["loss"] == pytest.approx(trace.loss)
    assert {one["name"] for one in found["way_back"]["parameters"]} == set(trace.parameters)
    number = found["number"]
    assert (number["parameter"], number["index"]) == ("weights.wc2", [1, 3, 7, 11])
    back = number["back"]
    assert sum(term["product"] for term in back["terms"]) + back["remainder"] == pytest.approx(back["total"])
    assert {term["of"] for term in back["terms"]} == {"conv2.conv2d"}
    assert number["back_words"][0].startswith("This weight met 196")
    code, out, _ = call("explain", *PLACE, "--label", "4", "--json", tmp_path / "number.json")
    assert code == 0
    number = json.loads((tmp_path / "number.json").read_text())["number"]
    assert (number["step"], number["y"], number["x"], number["channel"]) == ("conv1.conv2d", 12, 11, 3)
    assert len(number["sum"]["terms"]) == 25
    assert {term["of"] for term in number["sum"]["terms"]} == {"x.reshape"}
    assert number["back"]["total"] == pytest.approx(sum(term["product"] for term in number["back"]["terms"]))


def test_json_of_a_number_without_a_way_back_has_its_sum_alone(call: Call) -> None:
    code, out, _ = call("explain", *PLACE, "--json", "-")
    assert code == 0
    found = json.loads(out)
    assert "way_back" not in found
    assert "back" not in found["number"]
    assert found["number"]["sum"]["total"] == pytest.approx(
        sum(term["product"] for term in found["number"]["sum"]["terms"]), rel=1e-6
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (WEIGHT, "give the right class too: --label CLASS"),
        (("--index", "1"), "give the parameter too: --weight NAME"),
        (("--label", "4", *WEIGHT, "--at", "conv1"), "leave one of them out"),
        (("--label", "eleven"), "label 'eleven' is no class of this network"),
        (("--label", "10"), "or a number from 0 to 9"),
        (("--label", ""), "label '' is no class"),
        (("--label", "-1"), "label '-1' is no class"),
        (("--label", "4\n\x1b[2J"), "is no class of this network"),
        (("--label", "4", "--weight", "nothing"), "no parameter is called 'nothing'; the nearest are"),
        (("--label", "4", "--weight", ""), "no parameter is called ''"),
        (("--label", "4", "--weight", "weights.wc2", "--index", "1,3"), "give 4 numbers, each from 0 on"),
        (("--label", "4", "--weight", "weights.wc2", "--index", "1,3,7,64"), "is no place in it"),
        (("--label", "4", "--weight", "weights.wc2", "--index", "1,3,7,-1"), "is no place in it"),
        (("--label", "4", "--weight", "weights.wc2", "--index", ""), "is no place in it"),
        (("--label", "4", "--weight", "weights.wc2", "--index", "1,x,2,3"), "is no list of whole numbers"),
        (("--label", "4", "--weight", "weights.wc2", "--index", "1,,2,3"), "is no list of whole numbers"),
        (("--label", "4", "--weight", "weights.wc2", "--index", "9" * 5000), "is no list of whole numbers"),
        (("--label", "4", "--weight", "weights.wc2", "--index", "1,3,7," + "9" * 50), "is no place in it"),
        (("--label", "4", "--weight", "weights.wc2", "--y", "3"), "give the step too: --at STEP"),
    ],
)
def test_a_wrong_call_is_one_line_that_says_what_to_do(
    in_process: Command, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = in_process("explain", *arguments, "--json", "out.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr
    assert len(done.stderr) < 700
    assert not (tmp_path / "out.json").exists()


def test_a_frozen_parameter_says_that_it_learns_nothing(in_process: Command, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\nnet = nn.Sequential(nn.Flatten(), nn.Linear(784, "
        "10))\nnet[1].weight.requires_grad_(False)\n"
    )
    done = in_process("explain", "net.py:net", "--label", "4", "--weight", "1.weight")
    assert (done.returncode, done.stdout) == (2, "")
    assert "1.weight is frozen" in done.stderr
