"""What ``5x5 doctor`` looks at: one function a thing, each by itself, for any of them may be what is broken.

Paths begin at the home folder, ~, whose name is nobody's business.
"""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fivebyfive import __version__

PACKAGES = (
    *("torch", "torchvision", "numpy", "pillow", "onnxruntime", "onnx", "onnxscript", "safetensors"),
    *("opencv-python-headless", "opencv-python", "matplotlib", "rich", "typer", "fastapi", "starlette", "uvicorn"),
    *("filelock", "pygments", "pandas", "timm", "transformers", "keras", "tensorflow", "h5py", "pypdfium2"),
    "pillow-heif",
)
"""Whose versions matter, by the names that they are installed under."""
FEW_BYTES = 1 << 30
"""Of a disk: with less, a training or a cache may find it full."""
SECONDS = 60
TORCH = """
import torch
print("CUDA " + torch.version.cuda if torch.version.cuda else "CPU build")
names = [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())]
names += ["mps"] if torch.backends.mps.is_available() else []
print(", ".join(["cpu", *names]))
print(torch.get_num_threads())
"""
ONNX = "from fivebyfive.onnx_runtime import onnxruntime; print(', '.join(onnxruntime().get_available_providers()))"


@dataclass
class Findings:
    """What was found: facts by the part that they belong to, and what is wrong, each with what to do."""

    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def found() -> Findings:
    """All of it. What cannot be found out is a fact too, and stops nothing."""
    findings = Findings()
    for name, probe in PROBES.items():
        facts = findings.facts.setdefault(name, {})
        try:
            for key, value in probe(findings.problems):
                facts[key] = value
        except Exception as error:  # whatever is broken here
            facts["not found out"] = _without_home(f"{type(error).__name__}: {error}")[:200]
    return findings


Facts = Iterator[tuple[str, str]]


def _program(_problems: list[str]) -> Facts:
    yield "version", __version__
    yield "lies in", shown(Path(__file__).parent.parent)
    yield "python", f"{platform.python_version()} ({platform.python_implementation()}), {shown(Path(sys.executable))}"


def _machine(problems: list[str]) -> Facts:
    yield "system", platform.platform()
    yield (
        "processor",
        f"{platform.machine()}, {os.cpu_count()} cores"
        + (f", {len(os.sched_getaffinity(0))} of them for this process" if hasattr(os, "sched_getaffinity") else ""),
    )
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        yield "memory", _size(size)
        if size < 2 * FEW_BYTES:
            problems.append(f"{_size(size)} of memory is little for a training; explain and predict do with it")


def _packages(problems: list[str]) -> Facts:
    versions = {name: importlib.metadata.version(name) for name in PACKAGES if _is_installed(name)}
    yield from versions.items()
    for name in _required():
        if name not in versions and not _is_installed(name):
            problems.append(f"{name} is not installed, and fivebyfive needs it: pip install {name}")
    if {"opencv-python", "opencv-python-headless"} <= versions.keys():
        problems.append(
            "opencv-python and opencv-python-headless are both installed and share one folder, so that removing one "
            "breaks the other; keep one: pip uninstall opencv-python, then pip install --force-reinstall "
            "opencv-python-headless"
        )


def _required() -> list[str]:
    """What is installed with the package itself, without its extras; nothing is known where it is run from a folder."""
    try:
        wanted = importlib.metadata.requires("fivebyfive") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in wanted if ";" not in each]


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _torch(problems: list[str]) -> Facts:
    if importlib.util.find_spec("torch") is None:
        yield "torch", "not installed; predict works without"
        return
    told = _asked(TORCH)
    if len(told) != 3:
        yield "torch", "cannot be imported"
        problems.append(
            f"PyTorch cannot be imported ({_last(told)}); install it anew: pip install --force-reinstall torch"
        )
        return
    yield "build", told[0]
    yield "devices", told[1]
    yield "threads", told[2]
    if told[0] != "CPU build" and told[1] == "cpu":
        problems.append("PyTorch is built for CUDA and finds no GPU; without one, the CPU build is a tenth of its size")


def _onnx(problems: list[str]) -> Facts:
    told = _asked(ONNX)
    if len(told) == 1 and "Provider" in told[0]:
        yield "providers", told[0]
        return
    yield "onnxruntime", "cannot be imported"
    problems.append(f"ONNX Runtime, which predict needs, cannot be imported ({_last(told)}); pip install onnxruntime")


def _places(problems: list[str]) -> Facts:
    home = _home()
    yield "home", _condition(Path(home)) if home else "there is none"
    if not home or not _is_writable(Path(home)):
        problems.append(
            "the home folder cannot be written, so nothing is remembered of what was trained here; set HOME to one "
            "that can, or name your own networks each time: --network"
        )
    here, temporary = Path.cwd(), Path(tempfile.gettempdir())
    yield "current folder", _condition(here)
    yield "temporary files", f"{shown(temporary)}, {_condition(temporary)}"
    if not _is_writable(here):
        problems.append("the current folder cannot be written, where runs go; give another place with --out")
    for folder in (here, temporary):
        if shutil.disk_usage(folder).free < FEW_BYTES:
            problems.append(f"{shown(folder)} has {_size(shutil.disk_usage(folder).free)} left; free some space")


def _cache(problems: list[str]) -> Facts:
    from fivebyfive.datasets import cache

    place = cache.place()
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) if place.is_dir() else 0
    yield "decoded pictures", f"{shown(place)}, {_size(size)}"
    if not _is_writable(next(folder for folder in (place, *place.parents) if folder.exists())):
        problems.append(
            f"the cache {shown(place)} cannot be written, so pictures are decoded each time; FIVEBYFIVE_CACHE names "
            "another folder"
        )


def _terminal(problems: list[str]) -> Facts:
    yield "encoding", f"{sys.stdout.encoding}, names of files {sys.getfilesystemencoding()}"
    yield "width", str(shutil.get_terminal_size().columns)
    yield "terminals", ", ".join(n for n in ("stdin", "stdout", "stderr") if getattr(sys, n).isatty()) or "none"
    names = ("TERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LANG", "LC_ALL", "PYTHONIOENCODING", "PYTHONUTF8")
    yield "environment", ", ".join(f"{n}={os.environ[n]}" for n in names if n in os.environ) or "says nothing of it"
    if not (sys.stdout.encoding or "").lower().startswith("utf"):
        problems.append(
            f"standard output is {sys.stdout.encoding}, so pictures are drawn in plain letters; PYTHONIOENCODING=utf-8 "
            "gives better ones, where the terminal shows them"
        )


PROBES: dict[str, Callable[[list[str]], Facts]] = {
    "fivebyfive": _program,
    "machine": _machine,
    "packages": _packages,
    "PyTorch": _torch,
    "ONNX Runtime": _onnx,
    "places": _places,
    "cache": _cache,
    "terminal": _terminal,
}
"""What is looked at, in the order that it is told in."""


def shown(path: Path) -> str:
    """`path` without the home folder's name."""
    home = _home()
    if home and home != os.sep and path.is_relative_to(home):
        return str(Path("~") / path.relative_to(home))
    return str(path)


def _home() -> str:
    return os.environ.get("HOME") or os.environ.get("USERPROFILE") or ""


def _without_home(text: str) -> str:
    return text.replace(_home(), "~") if len(_home()) > 1 else text


def _asked(code: str) -> list[str]:
    """The lines that a process of its own prints, for it may crash, or wait for ever; else what it said last."""
    from fivebyfive.processes import environment

    call = [sys.executable, "-P", "-c", code]
    try:
        done = subprocess.run(
            call, capture_output=True, text=True, errors="replace", timeout=SECONDS, env=os.environ | environment(),
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [f"no answer in {SECONDS} seconds", ""]
    return done.stdout.splitlines() if done.returncode == 0 else [*done.stderr.splitlines()[-1:], ""]


def _last(told: list[str]) -> str:
    return next((_without_home(line)[:200] for line in told if line), "it ends without a word")


def _condition(folder: Path) -> str:
    kind = "can be written" if _is_writable(folder) else "cannot be written" if folder.exists() else "does not exist"
    return f"{kind}, {_size(shutil.disk_usage(folder).free)} left" if folder.exists() else kind


def _is_writable(folder: Path) -> bool:
    """Whether a file can be made there, which is tried, for permissions do not tell of a disk that is read-only."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _size(size: int) -> str:
    return f"{size / (1 << 30):,.1f} GB" if size >= 1 << 30 else f"{size / (1 << 20):,.0f} MB"
