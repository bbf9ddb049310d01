"""FILE.py:NAME means a class, a function or a network in that file; anything else is one clear sentence."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from fivebyfive.errors import Failure, InputError
from support import load_network

CODE = """
from torch import nn
from parts import width

class Net(nn.Module):
    def __init__(self, hidden: int, classes: int = 3, *, scale: float = 1.0):
        super().__init__()
        self.hidden, self.classes, self.scale = hidden, classes, scale

class Plain(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(width, 2))

def make(in_channels, num_classes=1000):
    return nn.Conv2d(in_channels, num_classes, 1)

def broken():
    return undefined_name

def number():
    return 7

ready = nn.Linear(4, 2)
_hidden = 1
answer = 42
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "parts.py").write_text("width = 9\n")
    path = tmp_path / "mynet.py"
    path.write_text(CODE)
    return path


def test_a_class_is_made_and_may_import_from_its_own_folder(file: Path) -> None:
    network = load_network(f"{file}:Plain")
    assert network(torch.zeros(1, 3, 3)).shape == (1, 2)
    assert str(file.parent) not in sys.path


def test_arguments_are_literals_by_place_or_by_name(file: Path) -> None:
    network = load_network(f"{file}:Net(8, scale=-0.5)")
    assert {"hidden": 8, "classes": 3, "scale": -0.5}.items() <= vars(network).items()


def test_what_is_known_of_the_pictures_is_passed_where_it_is_taken(file: Path) -> None:
    network = load_network(f"{file}:Net(8)", height=28, width=28, channels=1, classes=10)
    assert {"hidden": 8, "classes": 10}.items() <= vars(network).items()
    made = load_network(f"{file}:make", channels=3, classes=5)
    assert isinstance(made, nn.Conv2d)
    assert (made.in_channels, made.out_channels) == (3, 5)


def test_what_the_user_gives_comes_first(file: Path) -> None:
    assert vars(load_network(f"{file}:Net(8, 4)", classes=10))["classes"] == 4
    assert vars(load_network(f"{file}:Net(8, classes=5)", classes=10))["classes"] == 5


def test_a_network_that_is_there_is_taken_as_it_is(file: Path) -> None:
    ready = load_network(f"{file}:ready")
    assert isinstance(ready, nn.Linear)
    again = load_network(f"{file}:ready")
    assert isinstance(again, nn.Linear)
    assert torch.equal(again.weight, ready.weight)
    assert again is not ready  # what one training makes of it is not where the next begins


def test_a_changed_file_is_read_again(file: Path) -> None:
    load_network(f"{file}:Plain")
    file.write_text(CODE.replace("nn.Linear(width, 2)", "nn.Linear(width, 5)"))
    assert load_network(f"{file}:Plain")(torch.zeros(1, 3, 3)).shape == (1, 5)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("mynet.py:Nett", r"has no 'Nett' \(did you mean Net\?\); it has Net, Plain, make, broken, number, ready"),
        ("mynet.py:Net", r"missing a required argument: 'hidden'; it takes \(hidden: int.*; give its arguments as"),
        ("mynet.py:Net(8, depth=2)", "takes no argument 'depth'; it takes"),
        ("mynet.py:Net(open('x'))", r"argument open\('x'\) is no literal"),
        ("mynet.py:Net(*[1])", "no literal"),
        ("mynet.py:Net(**{'hidden': 1})", "not understood"),
        ("mynet.py:Net.hidden", "not understood"),
        ("mynet.py:__import__('os').system('true')", "not understood"),
        ("mynet.py:", "not understood"),
        ("mynet.py", "not understood"),
        ("nowhere.py:Net", "nowhere.py does not exist"),
        ("mynet.py:answer", "is a int, no network; it has Net"),
        ("mynet.py:number", "makes a int, no network"),
        ("mynet.py:ready(3)", "is a network already; leave out the brackets"),
        (".py:Net", "not understood"),
    ],
)
def test_a_wrong_call_is_one_clear_sentence(file: Path, monkeypatch: pytest.MonkeyPatch, spec: str, says: str) -> None:
    monkeypatch.chdir(file.parent)
    with pytest.raises(InputError, match=says) as error:
        load_network(spec)
    assert "\n" not in str(error.value)


def test_a_file_with_a_mistake_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text("import torch\ndef f(:\n    pass\n")
    with pytest.raises(InputError, match=r"wrong\.py, line 2: .*syntax"):
        load_network(f"{path}:f")


def test_code_that_raises_shows_the_users_own_lines(file: Path) -> None:
    with pytest.raises(Failure) as error:
        load_network(f"{file}:broken")
    lines = str(error.value).splitlines()
    assert "NameError: name 'undefined_name' is not defined" in lines[0]
    assert f'File "{file}", line 18, in broken' in lines[1]
    assert lines[2].strip() == "return undefined_name"
    assert not any("from_file.py" in line or "importlib" in line for line in lines)


def test_a_file_that_raises_while_it_is_read_shows_its_line(tmp_path: Path) -> None:
    path = tmp_path / "raises.py"
    path.write_text("x = 1\nraise RuntimeError('not today')\n")
    with pytest.raises(Failure, match=r"could not be run: RuntimeError: not today\n.*line 2"):
        load_network(f"{path}:x")


def test_a_file_that_reads_its_arguments_finds_its_own_name_alone(tmp_path: Path) -> None:
    file = tmp_path / "with_arguments.py"
    file.write_text(
        "import argparse, sys\nfrom torch import nn\n\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--width', type=int, default=6)\nargs = parser.parse_args()\nname = sys.argv\n"
        "net = nn.Linear(args.width, 2)\n"
    )
    before = sys.argv
    assert load_network(f"{file}:net").in_features == 6
    assert sys.argv is before


def test_a_file_that_imports_from_its_package_is_told_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "__init__.py").touch()
    (tmp_path / "nets" / "blocks.py").write_text("from torch import nn\n\nblock = nn.Linear(4, 2)\n")
    (tmp_path / "nets" / "model.py").write_text("from .blocks import block\n")
    with pytest.raises(InputError, match=r"holds: from nets\.model import … , and name that one$") as error:
        load_network(f"{tmp_path}/nets/model.py:block")
    assert "\n" not in str(error.value)
    (tmp_path / "beside.py").write_text("from nets.model import block\n")
    assert isinstance(load_network(f"{tmp_path}/beside.py:block"), nn.Linear)


def test_a_width_without_a_height_is_the_networks_own(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        "from torch import nn\n"
        "def narrow(width=3): return nn.Linear(width, 2)\n"
        "def of_pictures(height=3, width=3): return nn.Linear(height * width, 2)\n"
    )
    made = [load_network(f"{file}:{name}", height=5, width=6) for name in ("narrow", "of_pictures")]
    assert [network.in_features for network in made] == [3, 30]
