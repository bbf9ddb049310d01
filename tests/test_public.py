"""The names that others rely on: typed, documented, and with errors that help, from Python as on the command line."""

import inspect
import subprocess
import sys
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from torch import nn

import fivebyfive
from fivebyfive.datasets import Dataset
from fivebyfive.explain import explain
from fivebyfive.training import recipe
from fivebyfive.training.values import Values

USER = """
import fivebyfive

class Mine(fivebyfive.Reporter):
    def looked(self, look: fivebyfive.Look, best: bool) -> None:
        print(look.merit)

def main() -> float:
    try:
        run: fivebyfive.Run = fivebyfive.train("quick", learning_rate="auto", keep="best", reporter=Mine())
        run = fivebyfive.resume(run.folder)
    except fivebyfive.InputError as error:
        return float(error.exit_code)
    return fivebyfive.evaluate(run.model, "photos").accuracy

fivebyfive.train("quick", lr=3)
fivebyfive.train("quick", epochs="3")
fivebyfive.export("runs/mine", "mine.onnx", halv=True)
"""


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in fivebyfive.__all__:
        public = getattr(fivebyfive, name)
        text = inspect.getdoc(explain if name == "explain" else public)
        assert text, name
        if name.islower() and name != "explain":
            assert "Raises:" in text, name


def test_the_values_that_a_type_checker_knows_are_the_recipes() -> None:
    typed = get_type_hints(Values)
    assert list(typed) == [value.name for value in recipe.options()]
    for value in recipe.options():
        kinds = [kind for kind in _kinds(typed[value.name]) if kind != "auto" or value.name != "learning_rate"]
        if value.type is str:
            assert all(value.metadata["range"].holds(word) for word in kinds), value.name
            assert " or ".join(kinds) == value.metadata["range"].in_words
        else:
            assert kinds == [value.type], value.name


def _kinds(hint: Any) -> list[Any]:
    if get_origin(hint) in (UnionType, Union):
        return [kind for part in get_args(hint) for kind in _kinds(part)]
    return list(get_args(hint)) if get_origin(hint) is Literal else [hint]


@pytest.mark.slow
def test_a_type_checker_tells_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER)
    checked = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", ".mypy_cache", str(tmp_path / "user.py")]
    done = subprocess.run(checked, capture_output=True, text=True, check=False)
    found = [line.partition("error: ")[2] for line in done.stdout.splitlines() if "error: " in line]
    assert found == [
        'Unexpected keyword argument "lr" for "train"  [call-arg]',
        'Argument "epochs" to "train" has incompatible type "str"; expected "int"  [arg-type]',
        'Unexpected keyword argument "halv" for "export"  [call-arg]',
    ], done.stdout


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lr": 3}, r"no value 'lr' \(did you mean learning_rate\?\); 5x5 train --help"),
        ({"epoch": 3}, r"did you mean epochs\?"),
        ({"gpu": 3}, r"did you mean device\?"),
        ({"epochs": "3"}, "epochs is '3'; a whole number was expected"),
        ({"epochs": True}, "epochs is True; a whole number was expected"),
        ({"samples": 300.0}, "samples is 300.0; a whole number was expected"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'; a number was expected"),
        ({"he": 1}, "he is 1; True or False was expected"),
        ({"loss": None}, "loss is None; a word was expected"),
    ],
)
def test_a_value_that_is_none_is_told(digits: Dataset, tmp_path: Path, values: dict[str, Any], said: str) -> None:
    with pytest.raises(fivebyfive.InputError, match=said):
        fivebyfive.train("perceptron", digits, "classic", out=tmp_path / "run", **values)
    assert not (tmp_path / "run").exists()


def test_train_evaluate_export(digits: Dataset, tmp_path: Path) -> None:
    class Mine(fivebyfive.Reporter):
        def displayed(self, progress: fivebyfive.Progress) -> None:
            shown.append(progress.step)

    shown: list[int] = []
    mine = recipe.get("classic", samples=300, batch_size=100)
    run = fivebyfive.train("perceptron", digits, mine, out=tmp_path / "run", film=0, reporter=Mine(), display_step=2)
    assert (shown, run.steps) == ([2], 2)
    assert fivebyfive.evaluate(run.folder, digits).accuracy == fivebyfive.evaluate(run.model, digits).accuracy
    assert run.evaluation is not None
    assert fivebyfive.evaluate(run.model, digits).accuracy == run.evaluation.accuracy
    file = fivebyfive.export(run.folder, tmp_path / "mine.safetensors", half=True)
    assert fivebyfive.load(file).classes == digits.classes
    with pytest.raises(fivebyfive.InputError, match=r"the ending \.onnx or \.safetensors"):
        fivebyfive.export(file, tmp_path / "x.tflite")
    with pytest.raises(fivebyfive.InputError, match="exists already"):
        fivebyfive.export(file, file)
    with pytest.raises(fivebyfive.InputError, match=r"does not exist \(did you mean run\?\)"):
        fivebyfive.evaluate(tmp_path / "runn")
    with pytest.raises(fivebyfive.InputError, match="is finished"):
        fivebyfive.resume(run.folder, nn.Linear(1, 1))
