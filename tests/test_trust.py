"""Where a model names its code, only what was trained here runs, and a ledger that is damaged knows nothing."""

import json
import os
import shlex
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fivebyfive import trust
from fivebyfive.errors import InputError
from fivebyfive.networks import create, own_code
from fivebyfive.networks.own_code import running
from fivebyfive.networks.spec import Spec, parse

SHAPE, CLASSES = (28, 28, 1), 10
SIZES = {"height": 28, "width": 28, "channels": 1, "classes": 10}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def ledger(state: Path) -> Path:
    return state / "fivebyfive" / "trained-networks"


@pytest.fixture
def net(tmp_path: Path) -> Spec:
    (tmp_path / "helper.py").write_text("size = 4\n")
    (tmp_path / "my net.py").write_text(
        "from torch import load, nn\nfrom helper import size\nNet = lambda n=2: nn.Linear(n, size)\n"
    )
    return parse(f"{tmp_path}/my net.py:Net(3)")


def train(spec: Spec) -> None:
    """What trust sees of a training that the user asks for."""
    create(spec, trust.by_user(spec), **SIZES)
    trust.remember(spec, SHAPE, CLASSES)


def is_trusted(spec: Spec, shape: tuple[int, int, int] = SHAPE, classes: int = CLASSES) -> bool:
    try:
        code = trust.by_model(spec, shape, classes, Path("m.safetensors"), "say so: --network SPEC")
    except InputError:
        return False
    create(spec, code, **SIZES)
    return True


def test_what_was_trained_here_runs_and_nothing_before_it(net: Spec) -> None:
    assert not is_trusted(net)
    train(net)
    assert is_trusted(net)


def test_a_network_of_the_package_needs_nobodys_trust() -> None:
    assert trust.by_model(parse("quick*3"), SHAPE, CLASSES, Path("m"), "") is None
    assert trust.by_user(parse("quick")) is None


@pytest.mark.parametrize("call", ["Net", "Net()", "Net(4)", "Net(n=3)", "Net(3)*2", "load('x.pt', weights_only=False)"])
def test_another_name_or_argument_in_the_same_file_is_not_trusted(net: Spec, call: str) -> None:
    train(net)
    assert not is_trusted(parse(f"{net.file}:{call}"))


@pytest.mark.parametrize(("shape", "classes"), [((4096, 1024, 1), 10), ((28, 28, 3), 10), ((28, 28, 1), 10_000)])
def test_other_sizes_than_those_trained_are_not_trusted(net: Spec, shape: tuple[int, int, int], classes: int) -> None:
    train(net)
    assert not is_trusted(net, shape, classes)


@pytest.mark.parametrize("name", ["my net.py", "helper.py"])
def test_changed_code_is_not_trusted_and_neither_is_what_it_imports(net: Spec, tmp_path: Path, name: str) -> None:
    train(net)
    text = (tmp_path / name).read_text()
    (tmp_path / name).write_text(f"{text}# changed\n")
    assert not is_trusted(net)
    (tmp_path / name).unlink()
    assert not is_trusted(net)
    (tmp_path / name).write_text(text)
    assert is_trusted(net)


def test_every_version_that_was_trained_stays_trusted(net: Spec, tmp_path: Path) -> None:
    train(net)
    first = (tmp_path / "helper.py").read_text()
    (tmp_path / "helper.py").write_text("size = 5\n")
    train(net)
    assert is_trusted(net)
    (tmp_path / "helper.py").write_text(first)
    assert is_trusted(net)


def test_what_is_remembered_is_what_ran_not_what_lies_there_by_now(net: Spec, tmp_path: Path) -> None:
    create(net, trust.by_user(net), **SIZES)
    (tmp_path / "helper.py").write_text("size = 6\n")
    trust.remember(net, SHAPE, CLASSES)
    assert not is_trusted(net)


def test_the_bytes_that_were_compared_are_the_bytes_that_run(
    net: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(net)
    monkeypatch.setattr(own_code, "_ran", {})  # as in another process
    code = trust.by_model(net, SHAPE, CLASSES, Path("m"), "")
    assert code is not None
    for file in tmp_path.glob("*.py"):
        file.write_text("raise AssertionError('ran')\n")
    with running(code) as module:
        assert module.size == 4


def test_a_copy_elsewhere_is_not_trusted_and_a_link_to_the_file_is(net: Spec, tmp_path: Path) -> None:
    train(net)
    other = tmp_path / "other"
    other.mkdir()
    assert net.file is not None
    (other / "copy.py").write_bytes(net.file.read_bytes())
    (other / "link.py").symlink_to(net.file)
    assert not is_trusted(parse(f"{other}/copy.py:Net(3)"))
    assert is_trusted(parse(f"{other}/link.py:Net(3)"))


def test_what_to_do_can_be_copied_into_a_shell(net: Spec) -> None:
    spec = parse(f"{net.file}:Net('a \"b\"', '$(x)')")
    with pytest.raises(InputError) as error:
        trust.by_model(spec, SHAPE, CLASSES, Path("m"), "say so: --network SPEC")
    said = str(error.value).partition("say so: ")[2]
    option, name = shlex.split(said)
    assert (option, parse(name)) == ("--network", spec)


def replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Something else in the place of the ledger."""

    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


DAMAGES: dict[str, Callable[[Path], object]] = {
    "bytes": lambda path: path.write_bytes(bytes(range(256)) * 100),
    "nested": lambda path: path.write_text("[" * 100_000),
    "other JSON": lambda path: path.write_text('7\n[]\n{"network": 1, "files": 3}\nnull\n'),
    "of old": lambda path: path.write_text("0" * 64 + "\n"),
    "huge": lambda path: os.truncate(path, 1 << 40),
    "folder": replaced(Path.mkdir),
    "pipe": replaced(os.mkfifo),
    "device": replaced(lambda path: path.symlink_to("/dev/zero")),
    "link to nothing": replaced(lambda path: path.symlink_to("nowhere")),
    "others may write": lambda path: path.chmod(0o666),
    "unreadable": lambda path: path.chmod(0),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_ledger_is_as_good_as_none(net: Spec, ledger: Path, damage: str) -> None:
    if damage == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    train(net)
    DAMAGES[damage](ledger)
    assert not is_trusted(net)


@pytest.mark.parametrize(
    "files",
    [[], {}, {"nowhere": "0"}, {"a\0b": "0"}, {"/dev/zero": "0"}, {"net.py": 7}, {"x" * 9999: "0"}],
)
def test_an_entry_with_files_that_make_no_sense_is_as_good_as_none(net: Spec, ledger: Path, files: object) -> None:
    train(net)
    entry = json.loads(ledger.read_text()) | {"files": files}
    ledger.write_text(json.dumps(entry))
    assert not is_trusted(net)


def test_a_torn_line_spoils_only_itself(net: Spec, ledger: Path) -> None:
    train(parse(f"{net.file}:Net(5)"))
    ledger.write_bytes(ledger.read_bytes()[:-30])
    train(net)
    assert is_trusted(net)


def test_the_ledger_is_the_users_alone_and_says_a_thing_once(net: Spec, ledger: Path) -> None:
    for _ in range(3):
        train(net)
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    assert len(ledger.read_text().splitlines()) == 1
    ledger.chmod(0o664)  # as it was made once
    train(parse(f"{net.file}:Net(5)"))
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600


@pytest.mark.parametrize("place", ["folder", "file in the way", "no home"])
def test_a_ledger_that_cannot_be_written_is_for_the_caller_to_tell(
    net: Spec, state: Path, ledger: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "folder":
        ledger.mkdir(parents=True)
    elif place == "file in the way":
        state.write_text("")
    else:
        monkeypatch.delenv("XDG_STATE_HOME")
        monkeypatch.setattr(Path, "home", _homeless)
    create(net, trust.by_user(net), **SIZES)
    with pytest.raises(OSError):  # noqa: PT011 (each place has a reason of its own)
        trust.remember(net, SHAPE, CLASSES)
    assert not is_trusted(net)


def _homeless() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_ledger_beside_somebodys_pictures_is_not_heeded(
    net: Spec, tmp_path: Path, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(net)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert ledger.exists()
    assert not is_trusted(net)
