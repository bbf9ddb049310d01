"""The launcher ./5x5, for real, on a package so small that its environment is made in seconds.

The script, venv and pip are the real ones; only the packages are toys: a torch of one file, and a fivebyfive that
prints its arguments.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from support import plant

LAUNCHER = Path(__file__).parent.parent / "5x5"

BACKEND = """
import zipfile
def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "fivebyfive-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        wheel.writestr("fivebyfive/__main__.py", "import sys; print('fivebyfive', *sys.argv[1:])")
        info = "fivebyfive-0.1.0.dist-info"
        about = ["Metadata-Version: 2.1", "Name: fivebyfive", "Version: 0.1.0", "Provides-Extra: export", ""]
        wheel.writestr(f"{info}/METADATA", "\\n".join(about))
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the real launcher in it, and no network."""
    here = tmp_path / "a clone"
    here.mkdir()
    shutil.copy(LAUNCHER, here / "5x5")
    (here / "backend.py").write_text(BACKEND)
    (here / "pyproject.toml").write_text(
        textwrap.dedent("""
        [project]
        name = "fivebyfive"
        version = "0.1.0"
        [build-system]
        requires = []
        build-backend = "backend"
        backend-path = ["."]
        """)
    )
    (here / "requirements.lock").write_text("torch==0.0.1\n")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "torch-0.0.1+cpu-py3-none-any.whl", "w") as wheel:
        info = "torch-0.0.1+cpu.dist-info"
        wheel.writestr("torch.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 0.0.1+cpu\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", wheels.as_uri())
    return here


def call(clone: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "5x5", *arguments], capture_output=True, text=True, check=False, timeout=240, cwd=cwd
    )


def test_the_first_call_makes_the_environment_and_the_second_only_uses_it(clone: Path) -> None:
    first, second = call(clone, "train", "a b"), call(clone, "train", "a b")
    assert (first.returncode, first.stdout) == (0, "fivebyfive train a b\n"), first.stderr
    assert first.stderr == "5x5: setting up .venv (once; a few minutes)\n"
    assert (second.stdout, second.stderr) == (first.stdout, "")


def test_an_interrupted_set_up_heals_itself(clone: Path) -> None:
    process = subprocess.Popen([clone / "5x5"], stderr=subprocess.DEVNULL, start_new_session=True)
    while not (clone / ".venv" / "installing").exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (clone / ".venv" / "bin" / "python").unlink()  # and what it had made so far is broken
    healed = call(clone, "--help")
    assert (healed.returncode, healed.stdout) == (0, "fivebyfive --help\n"), healed.stderr
    assert not (clone / ".venv.owner").is_symlink()


def test_a_set_up_whose_process_is_gone_holds_up_nobody(clone: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (clone / ".venv.owner").symlink_to(f"of {gone.pid}")
    done = call(clone, "--help")
    assert (done.returncode, done.stderr.count("waiting")) == (0, 0), done.stderr


def test_called_through_links_it_is_the_same_environment(clone: Path, tmp_path: Path) -> None:
    assert call(clone).returncode == 0
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "see").symlink_to("../a clone/5x5")
    (tmp_path / "5x5").symlink_to(tmp_path / "bin" / "see")
    done = call(tmp_path, "predict")
    assert (done.stdout, done.stderr) == ("fivebyfive predict\n", "")
    assert sorted(entry.name for entry in (tmp_path / "bin").iterdir()) == ["see"]


def test_a_clone_that_cannot_be_written_is_told_in_a_line(clone: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        theirs = Path(folder, "theirs")
        shutil.copytree(clone, theirs)
        Path(folder).chmod(0o755)
        theirs.chmod(0o555)
        someone = "nobody" if os.geteuid() == 0 else None  # whoever is root may write anywhere
        done = subprocess.run([theirs / "5x5"], capture_output=True, text=True, check=False, timeout=60, user=someone)
        theirs.chmod(0o755)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: {theirs} cannot be written (Permission denied), and .venv is made there; "
        "call this once as whoever may, or copy the folder to a place of yours\n"
    )


def test_a_changed_dependency_list_a_moved_clone_and_a_new_set_of_packages_are_noticed(clone: Path) -> None:
    assert call(clone).returncode == 0
    with (clone / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert "setting up" in call(clone).stderr
    moved = clone.rename(clone.parent / "moved")
    assert "setting up" in call(moved).stderr
    assert "setting up" in call(moved, "export").stderr
    assert call(moved, "export").stderr == ""


@pytest.mark.exhaustive
def test_what_a_network_from_elsewhere_needs_is_installed_when_it_is_given(clone: Path) -> None:
    call(clone)
    (clone / "program.py").write_text("import tensorflow as tf\n")
    (clone / "mine.py").write_text("import torch\n")
    photos = clone / "my photos" / "inside"
    photos.mkdir(parents=True)
    (photos / "scan.PDF").write_bytes(b"")
    (photos / "phone.heif").write_bytes(b"")
    given = {
        ("explain", "model.onnx", "7.png"): {"onnx"},
        ("explain", "7.png", "--network", "net.py:Net"): set(),
        ("explain", str(clone / "mine.py")): set(),
        ("explain", str(clone / "program.py")): {"tensorflow"},
        ("serve", "--network", "digits.keras"): {"keras"},
        ("export", "--network", "timm:resnet18"): {"export", "timm"},
        ("predict", "IMG_0001.HEIC", "a.jpg"): {"heif"},
        ("explain", str(photos)): set(),
        ("predict", str(photos)): {"pdf"},
    }
    installed = {""}
    for arguments, needed in given.items():
        assert ("setting up" in call(clone, *arguments).stderr) == (not needed <= installed)
        installed |= needed
        assert {file.name.removeprefix("installed-") for file in (clone / ".venv").glob("installed-*")} == installed
    assert call(clone, "explain", "model.onnx").stderr == ""


def test_two_first_calls_at_once_make_one_environment(clone: Path) -> None:
    calls = [
        subprocess.Popen([clone / "5x5", str(n)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(2)
    ]
    said = [process.communicate(timeout=240) for process in calls]
    assert [out for out, _ in said] == ["fivebyfive 0\n", "fivebyfive 1\n"]
    assert sum(err.count("setting up .venv (once") for _, err in said) == 1


def test_what_cannot_be_installed_is_said_in_a_line_and_the_next_call_tries_again(clone: Path) -> None:
    lock = (clone / "requirements.lock").read_text()
    (clone / "requirements.lock").write_text("torch==9.9.9\n")
    failed = call(clone)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("error: the packages could not be installed")
    (clone / "requirements.lock").write_text(lock)
    assert call(clone).returncode == 0


@pytest.mark.parametrize("python_path", [pytest.param(None, marks=pytest.mark.exhaustive), "::/nowhere:"])
def test_nothing_in_the_current_folder_is_imported_when_it_is_set_up_nor_later(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python_path: str | None
) -> None:
    if python_path is not None:
        monkeypatch.setenv("PYTHONPATH", python_path)
    here = tmp_path / "pictures"
    plant(here, tmp_path / "ran")
    for _ in range(2):
        done = call(clone, "predict", cwd=here)
        assert (done.returncode, done.stdout) == (0, "fivebyfive predict\n"), done.stderr
    assert not (tmp_path / "ran").exists()


def test_nothing_of_the_system_is_installed_unasked(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    shutil.copy(LAUNCHER.parent / "tests" / "run", tmp_path / "tests")
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f"#!/bin/sh\necho >>'{tmp_path}/asked' $*\nexit 1\n")
    apt.chmod(0o755)
    for tool in ("sh", "dirname", "id"):
        (apt.parent / tool).symlink_to(str(shutil.which(tool)))

    def run(*arguments: str) -> str:
        command = [str(tmp_path / "tests" / "run"), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PATH": str(apt.parent)}
        ).stderr

    needed = "error: the tests need more of the system; on Debian, as root: apt install npm"
    assert run().startswith(f"{needed} firefox-esr chromium-headless-shell fonts-dejavu-core ")
    assert run("--quick").startswith(f"{needed} (")
    assert not (tmp_path / "asked").exists()
    run("--install")
    assert (tmp_path / "asked").read_text() == "update -qq\n"


def test_the_launcher_of_windows_does_the_same() -> None:
    script = LAUNCHER.with_suffix(".bat").read_bytes()
    assert script.count(b"\r\n") == script.count(b"\n")
    lines = script.decode("ascii").splitlines()
    jumps = {word for line in lines for word in re.findall(r"goto (\w+)", line)}
    assert jumps <= {line[1:] for line in lines if line.startswith(":")}
    assert '"%python%" -P -m fivebyfive %*' in lines
    assert any('-c "%here%\\requirements.lock" -e' in line for line in lines)
