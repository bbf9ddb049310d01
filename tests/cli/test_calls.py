"""A call that is not understood: what may have been meant, and where to read on."""

from pathlib import Path

import pytest

from fivebyfive import __version__
from support import Call, Command


def test_alone_it_says_three_things_to_try_in_lines_of_any_terminal(five_by_five: Command) -> None:
    done = five_by_five()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n  5x5 ") == 3
    assert max(map(len, done.stdout.splitlines())) < 80


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_it_says_its_version(call: Call, option: str) -> None:
    assert call(option) == (0, f"5x5 {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trian"], "there is no command 'trian' (did you mean train?); there are train, "),
        (["classify"], "(did you mean predict?)"),
        (["7.png"], "what is to be done with 7.png? 5x5 explain 7.png"),
        (["train", "--epoch", "3"], "there is no option --epoch (did you mean --epochs?); 5x5 train --help"),
        (["train", "--lr", "1"], "(did you mean --learning-rate?)"),
        (["train", "--weights", "x"], "(did you mean --init?)"),
        (["explain", "--weights", "x"], "(did you mean --model?)"),
        (["train", "--samples", "many"], "--samples: a whole number was expected"),
        (["train", "--checkpoint-seconds", "nan"], "0 or more was expected"),
        (["train", "--film", "-1"], "--film: 0 or more was expected"),
        (["predict", "--threshold", "2", "7.png"], "--threshold: 1 or less was expected"),
        (["predict", "7.png", "--csv"], "--csv wants a value behind it"),
        (["export", "conv_net"], "--to is missing: onnx or safetensors"),
        (["export", "--to", "onnx"], "MODEL is missing: run folder"),
        (["docter"], "(did you mean doctor?)"),
        (["train", "a", "b"], "there is nothing to be done with the argument b"),
        (["train", "QUICK"], "(did you mean quick?)"),
        (["train", "quikc"], "network 'quikc' is not known (did you mean quick?)"),
        (["train", "--recipe", "Good_"], "recipe 'Good_' is not known (did you mean good?)"),
        (["train", "--data", "minst"], "(did you mean mnist?)"),
        (["train", "--init", "7.pgn"], "init 7.pgn does not exist (did you mean 7.png?); give a run folder, a file of"),
        (["train", "--device", "gpu"], "cuda"),
        (["train", "--log", "tensorbord"], "(did you mean tensorboard?)"),
        (["train", "--fit", "crp"], "(did you mean crop?)"),
        (["evaluate", "convnet"], "(did you mean conv_net?)"),
        (["export", "conv_net", "--to", "onxx"], "(did you mean onnx?)"),
        (["explain", "--at", "conv"], "the nearest are conv"),
        (["explain", "--label", "seven"], "label 'seven' is no class of this network"),
    ],
)
def test_it_says_what_may_have_been_meant(call: Call, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "7.png").touch()
    code, out, err = call(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert said in err
