"""The package that people install: what is in it, and that it works with nothing but what it says that it needs.

An environment is made of the wheel and, of the packages here, those that its metadata asks for: the repository is out
of sight, and so is what was forgotten to be declared.
"""

import email
import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from packaging.requirements import Requirement
from PIL import Image

from fivebyfive import __version__, needs
from fivebyfive.datasets import Dataset

ROOT = Path(__file__).parent.parent
BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, sys.argv[1])(sys.argv[2]))
"""
MADE = (
    "__pycache__",
    ".git",
    ".venv*",
    "node_modules",
    "build",
    "dist",
    "runs",
    "site",
    ".*_cache",
    ".hypothesis",
    "*.egg-info",
    ".peers",
)
"""What is in a developer's folder and not in the repository."""


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the repository's files, where it is known on the web."""
    folder = tmp_path_factory.mktemp("repository") / "fivebyfive"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*MADE), symlinks=True)
    return _built("build_sdist", folder)


@pytest.fixture(scope="module")
def unpacked(sdist: Path) -> Path:
    """The folder that is in the sdist."""
    with tarfile.open(sdist) as archive:
        archive.extractall(sdist.parent, filter="data")
    return sdist.parent / f"fivebyfive-{__version__}"


@pytest.fixture(scope="module")
def wheel(unpacked: Path) -> Path:
    """Built from the sdist, as whoever has only that does it."""
    return _built("build_wheel", unpacked)


def _built(what: str, folder: Path) -> Path:
    place = folder.parent / what
    place.mkdir()
    environment = os.environ | {"FIVEBYFIVE_REPOSITORY": "https://example.org/us/fivebyfive/"}
    done = subprocess.run(
        [sys.executable, "-c", BUILD, what, place],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return place / done.stdout.splitlines()[-1]


def test_the_wheel_holds_what_runs_with_its_licences_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = {name.partition("/licenses/")[2] for name in archive.namelist() if "/licenses/" in name}
    package = ROOT / "src" / "fivebyfive"
    there = {path.relative_to(package.parent).as_posix() for path in package.rglob("*") if path.is_file()}
    assert held == {name for name in there if not name.endswith((".md", ".d.ts", ".pyc"))}
    assert {"LICENSE", "src/fivebyfive/datasets/mnist/README.md", "src/fivebyfive/models/README.md"} <= licences
    assert wheel.stat().st_size < 21_000_000


def test_the_sdist_is_the_repository_so_that_its_tests_can_run(sdist: Path, unpacked: Path) -> None:
    repository = sdist.parents[1] / "fivebyfive"
    there = {path.relative_to(repository) for path in repository.rglob("*") if path.is_file()}
    missing = {path.as_posix() for path in there if "egg-info" not in str(path) and not (unpacked / path).exists()}
    assert missing == {".gitignore"}


def test_the_readme_leads_to_where_the_repository_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.message_from_bytes(archive.read(f"fivebyfive-{__version__}.dist-info/METADATA"))
    readme = str(metadata.get_payload())
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)\s]+)\)", readme)
    assert any(picture for picture, _ in links)
    for picture, link in links:
        base, _, path = link.partition(f"/v{__version__}/")
        assert base == f"https://example.org/us/fivebyfive/{'raw' if picture else 'blob'}"
        assert (ROOT / path.partition("#")[0]).exists()
    assert "Repository, https://example.org/us/fivebyfive" in metadata.get_all("Project-URL", [])


def test_the_version_is_the_same_wherever_it_is_written() -> None:
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"\n## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


OUTSIDE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

# --- installed --------------------------------------------------------------------------------------------------------


def _environment(folder: Path, wheel: Path, extra: str) -> Path:
    """The folder of commands of an environment with the wheel, and with what it needs with this extra."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder / "bin" / "python")]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", wheel], env=OUTSIDE, check=True)
    about = importlib.metadata.Distribution.at(next(packages.glob("fivebyfive-*.dist-info")))
    for name in _needed(about.requires or [], {extra}, set()):
        found = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            if not (packages / top).exists():
                (packages / top).symlink_to(str(found.locate_file(top)))
    return folder / "bin"


def _needed(requires: list[str], extras: set[str], seen: set[str]) -> set[str]:
    """The names of all packages that these requirements bring, each of a version that they accept."""
    for requirement in map(Requirement, requires):
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        found = importlib.metadata.distribution(requirement.name)
        assert requirement.specifier.contains(found.version, prereleases=True), requirement
        if requirement.name not in seen:
            seen.add(requirement.name)
            _needed(found.requires or [], requirement.extras, seen)
    return seen


def _call(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *arguments], cwd=cwd, env=OUTSIDE, capture_output=True, text=True, check=False, timeout=240
    )


@pytest.fixture(scope="module")
def lean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands after ``pip install fivebyfive``."""
    return _environment(tmp_path_factory.mktemp("lean"), wheel, "")


@pytest.fixture
def seven(tmp_path: Path, digits: Dataset) -> Path:
    """A seven on paper, in a folder of its own."""
    paper = Image.new("L", (480, 360), 255)
    paper.paste(Image.fromarray(255 - digits.test.pixels[0, :, :, 0]).resize((140, 140)), (170, 110))
    paper.save(tmp_path / "7.png")
    return tmp_path


@pytest.mark.parametrize("name", ["5x5", "fivebyfive"])
def test_without_pytorch_it_reads_pictures(lean: Path, seven: Path, name: str) -> None:
    done = _call(lean / name, "predict", "7.png", "--threshold", "0.5", cwd=seven)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("7.png: 7  ")


@pytest.mark.parametrize(
    "call",
    [["explain", "7.png"], ["train", "quick"], ["serve"], ["predict", "7.png", "--model", "quick"]],
    ids=" ".join,
)
def test_without_pytorch_the_others_say_what_to_type(lean: Path, seven: Path, call: list[str]) -> None:
    done = _call(lean / "5x5", *call, cwd=seven)
    assert (done.returncode, done.stdout) == (2, "")
    assert needs.BRING in done.stderr
    assert needs.CPU in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_pytorch_help_is_there_and_python_is_told_the_same(lean: Path, tmp_path: Path) -> None:
    assert _call(lean / "5x5", "train", "--help", cwd=tmp_path).returncode == 0
    code = "import fivebyfive\ntry: fivebyfive.train\nexcept ImportError as error: print(type(error).__name__, error)"
    said = _call(lean / "python", "-c", code, cwd=tmp_path).stdout
    assert said.startswith("Missing this needs PyTorch, which is not installed: ")


def test_what_removing_another_opencv_has_broken_is_told(lean: Path, seven: Path) -> None:
    """Both of its packages lie in one folder: whoever removes either removes it."""
    (folder,) = lean.parent.glob("lib/python*/site-packages/cv2")
    kept = folder.rename(folder.with_name("elsewhere"))
    done = _call(lean / "5x5", "predict", "7.png", cwd=seven)
    kept.rename(folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: OpenCV cannot be loaded (No module named 'cv2'); ")
    assert done.stderr.endswith(f": {needs.OPENCV}\n")


@pytest.mark.parametrize("name", ["5x5", "fivebyfive"])
def test_bash_completes_commands_and_options(lean: Path, tmp_path: Path, name: str) -> None:
    script = f"""
        export PATH='{lean}':$PATH
        source <({name} --show-completion)
        complete -p {name} | grep -o -- '-F .*'
        COMP_WORDS=({name} expl) COMP_CWORD=1; _{name}_completion {name}; echo "${{COMPREPLY[@]}}"
        COMP_WORDS=({name} train --learn) COMP_CWORD=2; _{name}_completion {name}; echo "${{COMPREPLY[@]}}"
    """
    done = _call(Path("bash"), "-c", script, cwd=tmp_path)
    assert (done.stdout, done.stderr) == (f"-F _{name}_completion {name}\nexplain\n--learning-rate\n", "")


@pytest.mark.exhaustive
def test_with_pytorch_all_of_it_works_outside_the_repository(
    wheel: Path, seven: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    commands = _environment(tmp_path_factory.mktemp("whole"), wheel, "torch")
    for call, made in {
        ("train", "quick", "--samples", "512", "--out", "run"): "run/model.safetensors",
        ("explain", "7.png", "--model", "run", "--html", "lesson.html"): "lesson.html",
        ("export", "run", "--to", "safetensors", "--out", "model.safetensors"): "model.safetensors",
    }.items():
        done = _call(commands / "5x5", *call, cwd=seven)
        assert done.returncode == 0, done.stderr
        assert (seven / made).exists()
    said = _call(commands / "5x5", "predict", "7.png", "--model", "model.safetensors", cwd=seven)
    assert said.returncode == 0, said.stderr
    with _served(commands, seven) as page:
        assert b"<script" in page.read()


@contextmanager
def _served(commands: Path, cwd: Path) -> Iterator[IO[bytes]]:
    """The page that a server gives, which is ended afterwards."""
    process = subprocess.Popen(
        [commands / "5x5", "serve", "--port", "0"], cwd=cwd, env=OUTSIDE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        (address,) = re.findall(r"http://\S+", process.stdout.readline())
        with urllib.request.urlopen(address, timeout=60) as answer:
            yield answer
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
