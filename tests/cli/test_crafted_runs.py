"""Run folders made by somebody who wants code of his to run: no command runs any, each says so in one line.

Every command meets every folder, in this process, where a call takes milliseconds (serve, which starts another that
loads it as they do, some of them); and one folder for real, in a process of its own, which is what shows that nothing
on the way from the shell runs anything either.
"""

import contextlib
import dataclasses
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from fivebyfive import cli, trust
from fivebyfive.datasets import Dataset
from fivebyfive.errors import Failure, InputError
from fivebyfive.networks import create
from fivebyfive.networks.spec import parse
from fivebyfive.training.recipe import get

CLASSES = tuple("0123456789")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "evaluate": ("evaluate", "RUN"),
    "predict": ("predict", "photo.png", "--model", "RUN"),
    "explain": ("explain", "photo.png", "--model", "RUN"),
    "export": ("export", "RUN", "--to", "safetensors", "--out", "exported.safetensors"),
    "serve": ("serve", "--port", "0", "--model", "RUN"),
    "resume": ("train", "--resume", "RUN"),
}
TRAINED = """
import os
from os import system
from pathlib import Path
from torch import hub, load, nn
from helper import size

class Net(nn.Linear):
    def __init__(self, num_classes=10, hidden=()):
        super().__init__(size, num_classes)

def make(num_classes=10, command=""):
    os.system(command)
    return Net(num_classes)
"""


@dataclass(frozen=True)
class Place:
    """Where the user trained mynet.py:Net, with a downloaded folder `dl` beside it that holds evil.py and a pickle."""

    path: Path
    data_sha256: str

    @property
    def canary(self) -> Path:
        return self.path / "canary"

    @property
    def evil(self) -> str:
        """Source that leaves the canary."""
        return f"open({str(self.canary)!r}, 'w')\nfrom torch import nn\nNet = lambda *_, **__: nn.Linear(4, 10)\n"


@dataclass(frozen=True)
class Crafted:
    """What a run folder says: its network, and what else differs from an honest one's facts.

    Attributes:
        prepare: what else was done on the disk.
    """

    network: Any
    facts: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Place], object] = lambda place: None


def _append(name: str, text: str) -> Callable[[Place], object]:
    return lambda place: (place.path / name).write_text((place.path / name).read_text() + text)


def _evil(name: str) -> Callable[[Place], object]:
    return lambda place: (place.path / name).write_text(place.evil)


CRAFTED: Mapping[str, Crafted] = {
    "code beside it": Crafted("DIR/dl/evil.py:Net"),
    "a relative path": Crafted("dl/evil.py:Net"),
    "a path through the trained folder": Crafted("DIR/../PLACE/dl/evil.py:Net"),
    "the trained file's name in an argument": Crafted("DIR/dl/evil.py:Net('/../../mynet.py:')"),
    "an ensemble": Crafted("DIR/dl/evil.py:Net*3"),
    "the trained name as an ensemble": Crafted("DIR/mynet.py:Net*3"),
    "a link": Crafted(
        "DIR/dl/link.py:Net", prepare=lambda p: (p.path / "dl/link.py").symlink_to(p.path / "dl/evil.py")
    ),
    "a copy elsewhere": Crafted("DIR/dl/mynet.py:Net", prepare=_evil("dl/mynet.py")),
    "unpickling": Crafted("DIR/mynet.py:load('dl/x.pt', weights_only=False)"),
    "a shell": Crafted("DIR/mynet.py:system('touch canary')"),
    "a shell in another function": Crafted("DIR/mynet.py:make(10, 'touch canary')"),
    "an attribute": Crafted("DIR/mynet.py:hub.load('dl', 'Net', source='local')"),
    "a class that is no module": Crafted("DIR/mynet.py:Path('dl')"),
    "a module of the file's": Crafted("DIR/mynet.py:os"),
    "Python's own name": Crafted("DIR/mynet.py:__import__('dl.evil')"),
    "Python's own names": Crafted("DIR/mynet.py:__builtins__"),
    "an expression": Crafted("DIR/mynet.py:(lambda: open('canary', 'w'))()"),
    "a call within a call": Crafted("DIR/mynet.py:Net(open('canary', 'w'))"),
    "more arguments": Crafted("DIR/mynet.py:Net(10)"),
    "a large literal": Crafted(f"DIR/mynet.py:Net(hidden={[0] * 900})"),
    "a nested literal": Crafted("DIR/mynet.py:Net(" + "[" * 1900 + "]" * 1900 + ")"),
    "a number of many digits": Crafted("DIR/mynet.py:Net(1" + "0" * 3900 + ")"),
    "other classes": Crafted("DIR/mynet.py:Net", {"classes": [str(n) for n in range(9999)]}),
    "other pictures": Crafted("DIR/mynet.py:Net", {"shape": [4096, 1024, 1]}),
    "changed code": Crafted("DIR/mynet.py:Net", prepare=_evil("mynet.py")),
    "a changed import": Crafted("DIR/mynet.py:Net", prepare=_evil("helper.py")),
    "a line more": Crafted("DIR/mynet.py:Net", prepare=_append("mynet.py", "\nopen('canary', 'w')\n")),
    "a line break": Crafted("DIR/dl/evil.py:Net\n"),
    "a line break before the name": Crafted("DIR/dl/evil.py:\nNet"),
    "a NUL": Crafted("DIR/dl/evil.py\0.py:Net"),
    "a NUL at the end": Crafted("DIR/dl/evil.py:Net\0"),
    "letters that run backwards": Crafted("DIR/dl/\u202eevil.py:Net"),
    "a colon that is none": Crafted("DIR/dl/evil.py\uff1aNet"),
    "a p that is none": Crafted("DIR/dl/evil.\u0440y:Net"),
    "letters that Python takes for others": Crafted("DIR/dl/evil.py:\uff2eet"),
    "a module's name": Crafted("builtins"),
    "a dotted name": Crafted("os.system"),
    "a name with a path": Crafted("../../dl/evil"),
    "no text": Crafted(7),
    "nothing": Crafted(None),
    "a list": Crafted(["DIR/dl/evil.py:Net"]),
    "a folder": Crafted("DIR/dl/folder.py:Net", prepare=lambda p: (p.path / "dl/folder.py").mkdir()),
    "a pipe": Crafted("DIR/dl/pipe.py:Net", prepare=lambda p: os.mkfifo(p.path / "dl/pipe.py")),
    "no file": Crafted("DIR/dl/nowhere.py:Net"),
    "ensembles of ensembles": Crafted("quick*9*9*9*9*9"),
    "a network that is not what it holds": Crafted("conv_net*99", {"classes": ["a", "b"]}),
    "pictures without end": Crafted("perceptron", {"shape": [4096, 4096, 4096]}),
    "pictures of no whole size": Crafted("perceptron", {"shape": [28.5, True, -1]}),
    "classes without end": Crafted("perceptron", {"classes": [str(n) for n in range(20_000)]}),
    "classes that are no names": Crafted("perceptron", {"classes": [[], {}]}),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits: Dataset) -> Iterator[Place]:
    """What is the same for all folders."""
    place = Place(tmp_path_factory.mktemp("crafted"), digits.sha256)
    (place.path / "dl").mkdir()
    (place.path / "dl" / "evil.py").write_text(place.evil)
    (place.path / "dl" / "x.pt").write_bytes(pickle.dumps(_Touch(str(place.canary))))
    Image.new("L", (28, 28), 90).save(place.path / "photo.png")
    yield place
    assert not place.canary.exists()


class _Touch:
    """Unpickled, it makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


@pytest.fixture
def place(trained: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(trained.path)
    monkeypatch.setenv("XDG_STATE_HOME", str(trained.path / "state"))
    (trained.path / "helper.py").write_text("size = 4\n")
    (trained.path / "mynet.py").write_text(TRAINED)
    spec = parse(f"{trained.path}/mynet.py:Net")
    create(spec, trust.by_user(spec), height=28, width=28, channels=1, classes=10)
    trust.remember(spec, (28, 28, 1), 10)
    before = set(trained.path.rglob("*"))
    yield trained
    for path in set(trained.path.rglob("*")) - before:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def write_run(place: Place, crafted: Crafted, folder: Path) -> None:
    """A run folder as `crafted` says, with a model, and the plan of a training that was stopped."""
    network = crafted.network
    if isinstance(network, str):
        network = network.replace("DIR", str(place.path)).replace("PLACE", place.path.name)
    facts = {"network": network, "classes": CLASSES, "shape": [28, 28, 1], "data": "mnist"} | crafted.facts
    save_file({"weight": torch.zeros(10, 4), "bias": torch.zeros(10)}, folder / "model.safetensors", _as(facts))
    recipe = dataclasses.asdict(get("classic", samples=1000))
    plan = facts | {"state": "training", "recipe": recipe, "seed": 0, "data_sha256": place.data_sha256, "versions": {}}
    (folder / "run.json").write_text(json.dumps(plan))


def _as(facts: dict[str, Any]) -> dict[str, str]:
    return {"fivebyfive": json.dumps(facts)}


def in_one_line(said: str) -> bool:
    """Whether it is one sentence that says what is wrong."""
    return said.startswith("error: ") and said.count("\n") == 1 and said.strip().isprintable() and len(said) < 9000


SERVED = ("code beside it", "unpickling", "a shell", "changed code", "a line break", "a pipe", "classes without end")
"""The folders that a server is started with; with the others where this file is named."""


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        pytest.param(kind, command, marks=[pytest.mark.exhaustive] if command == "serve" and kind not in SERVED else [])
        for kind in CRAFTED
        for command in COMMANDS
    ],
)
def test_no_command_runs_what_a_run_folder_names(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    command: str,
) -> None:
    crafted = CRAFTED[kind]
    crafted.prepare(place)
    write_run(place, crafted, tmp_path)
    monkeypatch.setattr("sys.argv", ["5x5", *(word.replace("RUN", str(tmp_path)) for word in COMMANDS[command])])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr().err
    assert not place.canary.exists()
    assert end.value.code == 2, said
    assert in_one_line(said), said
    assert "unexpected" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_no_process_runs_what_a_run_folder_names(place: Place, tmp_path: Path, command: str) -> None:
    write_run(place, CRAFTED["the trained file's name in an argument"], tmp_path)
    words = [word.replace("RUN", str(tmp_path)) for word in COMMANDS[command]]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "fivebyfive", *words], capture_output=True, text=True, check=False, timeout=300
    )
    assert not place.canary.exists()
    assert (done.returncode, done.stdout) == (2, "")
    assert in_one_line(done.stderr), done.stderr


def test_the_folders_would_be_dangerous_if_they_were_trusted(place: Place) -> None:
    """The traps work: what the crafted names stand for leaves the canary where the user himself names it."""
    for name in ("dl/evil.py:Net", "mynet.py:load('dl/x.pt', weights_only=False)", "mynet.py:system('touch canary')"):
        spec = parse(name)
        with contextlib.suppress(InputError, Failure):  # what it makes is no network
            create(spec, trust.by_user(spec), height=28, width=28, channels=1, classes=10)
        assert place.canary.exists()
        place.canary.unlink()


def test_an_honest_run_folder_is_used(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(place, Crafted("DIR/mynet.py:Net"), tmp_path)
    out = tmp_path / "copy.safetensors"
    monkeypatch.setattr("sys.argv", ["5x5", "export", str(tmp_path), "--to", "safetensors", "--out", str(out)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    assert out.exists()
