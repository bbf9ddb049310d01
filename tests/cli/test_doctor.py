"""``5x5 doctor``: what a report needs, whatever is broken, and nothing of whose machine it is."""

import json
from pathlib import Path

import pytest

from fivebyfive import __version__
from fivebyfive.cli import probing
from support import Call, Command


def test_it_says_what_a_report_needs(five_by_five: Command) -> None:
    done = five_by_five("doctor", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == (1 if said["problems"] else 0)
    assert done.stderr == ""
    assert said["fivebyfive"]["version"] == __version__
    assert {"torch", "numpy", "onnxruntime"} <= said["packages"].keys()
    assert "cpu" in said["PyTorch"]["devices"]
    assert "CPUExecutionProvider" in said["ONNX Runtime"]["providers"]
    assert "left" in said["places"]["current folder"]


def test_what_is_wrong_comes_first_with_what_to_do(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    versions = {"opencv-python": "5.0", "opencv-python-headless": "5.0"}
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setenv("FIVEBYFIVE_CACHE", "/dev/null/cache")
    monkeypatch.setattr("importlib.metadata.version", lambda name: versions.get(name, "1.0"))
    monkeypatch.setattr(probing, "_asked", lambda _: ["Segmentation fault", ""])
    monkeypatch.setattr("platform.platform", lambda: 1 / 0)
    code, out, err = call("doctor")
    assert (code, err) == (1, "")
    problems = [line for line in out.splitlines() if line.startswith("problem: ")]
    assert out.splitlines()[: len(problems)] == problems
    for said in ("pip uninstall opencv-python", "PyTorch cannot be imported (Segmentation fault)", "set HOME",
                 "FIVEBYFIVE_CACHE", "ONNX Runtime"):  # fmt: skip
        assert any(said in problem for problem in problems), said
    assert "not found out: ZeroDivisionError" in out
    assert "current folder: can be written" in out
    assert tmp_path.is_dir()


def test_the_home_folders_name_is_nobodys_business(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("FIVEBYFIVE_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(probing, "_asked", lambda _: [f"cannot open {tmp_path}/libtorch.so", ""])
    findings = probing.found()
    assert str(tmp_path) not in str(findings)
    assert findings.facts["cache"]["decoded pictures"].startswith("~/kept")
