"""Whatever a command is given, it ends with an exit code of the contract and says so in a line that is a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save as to_bytes

from fivebyfive import cli
from support import Call, expect_sentence

LONG = "x" * 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", LONG],
        ["predict", "7.png", "--model", LONG],
        ["predict", "7.png", "--model", f"{LONG}.onnx"],
        ["predict", "7.png", "--model", "broken.onnx"],
        ["predict", "7.png", "--model", "7.png/x.onnx"],
        ["predict", "7.png", "--model", "loop"],
        ["predict", "7.png", "--network", f"{LONG}.py:Net"],
        ["predict", "caf\udce9.png"],
        ["predict", "loop"],
        ["predict", "a\nerror: forged\x1b[2J.png"],
        ["predict", "\u202egnp.7"],
        ["predict", "empty"],
        ["evaluate", LONG],
        ["evaluate", "caf\udce9"],
        ["evaluate", "--data", LONG],
        ["evaluate", "--data", "caf\udce9"],
        ["evaluate", "--data", "7.png"],
        ["evaluate", "\x1b]0;title\x07"],
        ["evaluate", "deep.safetensors"],
        ["explain", LONG],
        ["explain", "caf\udce9.png"],
        ["explain", "7.png", "--html", "empty"],
        ["explain", "7.png", "--json", "empty"],
        ["explain", "7.png", "--model", LONG],
        ["explain", "7.png", "--network", f"{LONG}.py:Net"],
        ["explain", "7.png", "--at", "\x1b[31mconv"],
        ["export", LONG, "--to", "onnx"],
        ["export", "conv_net", "--to", "safetensors", "--out", LONG],
        ["export", "conv_net", "--to", "safetensors", "--out", "empty"],
        ["export", "conv_net", "--to", "\x1b"],
        ["train", LONG],
        ["train", "--data", LONG],
        ["train", "--resume", LONG],
        ["train", "--out", LONG],
        ["train", "--out", "7.png"],
        ["train", "perceptron", "extra\x1b[0m", "--samples", "10"],
        ["train", "--sam\nples", "3"],
        ["serve", "--host", LONG],
        ["serve", "--host", "caf\udce9"],
        ["serve", "--model", LONG],
        ["\x1b[31mno-command"],
    ],
    ids=lambda arguments: ascii(" ".join(arguments))[:60],
)
def test_a_hostile_call_is_one_sentence(call: Call, tmp_path: Path, arguments: list[str]) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "7.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "broken.onnx").write_bytes(b"\x08\x07no\x1b[31mmodel\n")
    about = {"fivebyfive": "[" * 100_000}
    (tmp_path / "deep.safetensors").write_bytes(to_bytes({"w": torch.zeros(1)}, about))
    before = sorted(tmp_path.iterdir())
    expect_sentence(call(*arguments))
    assert sorted(p for p in tmp_path.iterdir() if p.name != "runs") == before


def test_one_bad_name_holds_up_no_other_picture(call: Call, tmp_path: Path) -> None:
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    code, out, err = call("predict", LONG, "caf\udce9.png", "blank.png", "--json")
    assert (code, err) == (2, "")
    first, second, third = json.loads(out)
    assert "error" in first
    assert second["image"] == "caf\udce9.png"
    assert third == {"image": "blank.png", "text": "", "digits": [], "lines": [], "unread": []}


@pytest.mark.parametrize(
    ("raised", "said", "code"),
    [
        (MemoryError(), "the memory is used up", 1),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "the memory is used up", 1),
        (torch.OutOfMemoryError("CUDA out of memory. Tried"), "the memory is used up", 1),
        (OSError(28, "No space left on device"), "the disk is full", 1),
        (PermissionError(13, "Permission denied", "photos"), "photos may not be opened by you", 2),
        (FileNotFoundError(2, "No such file", b"caf\xe9"), r"caf\xe9 does not exist", 2),
        (RecursionError("maximum recursion depth exceeded"), "nested too deeply", 2),
        (ValueError("embedded null byte"), "holds a NUL", 2),
        (UnicodeEncodeError("utf-8", "a\udce9", 1, 2, "surrogates"), "no text that can be written", 2),
        (RuntimeError("Could not determine home directory."), "set HOME", 2),
        (SystemExit("done\x1b[2J"), r"ended from within (done\x1b[2J)", 1),
        (ZeroDivisionError("a\nb\x1b"), "this is a fault of 5x5, not of yours: ZeroDivisionError: a b", 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whatever_is_raised_is_one_sentence(
    call: Call, monkeypatch: pytest.MonkeyPatch, raised: BaseException, said: str, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(cli, "app", fail)
    assert said in expect_sentence(call("train"), code)


def test_debug_shows_the_traceback_without_its_commands(call: Call) -> None:
    code, out, err = call("evaluate", "\x1b]0;title\x07", "--debug")
    assert (code, out) == (2, "")
    assert "Traceback" in err
    assert "\x1b" not in err


# --- outputs that cannot be written, in real processes ---------------------------------------------------------------

DEAF = [
    ("evaluate quick --data own > /dev/full", 1, "error: the disk is full"),
    ("--help > /dev/full", 1, "error: the disk is full"),
    ("evaluate quick --data own --json 2> /dev/full > /dev/null", 0, ""),
    ("evaluate missing 2> /dev/full", 2, ""),
    ("explain >&-", 0, ""),
    ("evaluate missing 2>&-", 2, ""),
    ("evaluate missing >&- 2>&- <&-", 2, ""),
    ("explain | true", 0, ""),
]
LONGER = [("evaluate quick --data own >&-", 0, ""), ("evaluate quick --data own | true", 0, "")]


@pytest.mark.usefixtures("idx_folder")
@pytest.mark.parametrize(
    ("call_line", "code", "said"),
    [
        *(pytest.param(*call, id=call[0]) for call in DEAF),
        *(pytest.param(*call, id=call[0], marks=pytest.mark.exhaustive) for call in LONGER),
    ],
)
def test_outputs_that_take_nothing(tmp_path: Path, call_line: str, code: int, said: str) -> None:
    line = f"{sys.executable} -m fivebyfive {call_line}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == (1 if said else 0)
    assert done.stderr.startswith(said)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    line = f"cd gone && rmdir ../gone && {sys.executable} -m fivebyfive export conv_net --to safetensors"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("error: the folder that this was called in does not exist any more; go to another one\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_outputs_of_few_letters(tmp_path: Path, encoding: str) -> None:
    pixels = np.full((60, 60), 255, np.uint8)
    pixels[10:50, 26:34] = 0
    Image.fromarray(pixels).save(tmp_path / "日.png")
    script = """
import sys
from fivebyfive import cli
for arguments in (["explain", "日.png"], ["predict", "日.png", "--json"], ["predict", "日.png", "--raw"], ["--help"]):
    sys.argv = ["5x5", *arguments]
    try: cli.main()
    except SystemExit as end: print("ended with", end.code)
"""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=300
    )
    out, err = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert [line for line in out.splitlines() if line.startswith("ended")] == [
        "ended with 0", "ended with 0", "ended with 2", "ended with 0"
    ]  # fmt: skip
    assert r"\u65e5.png" in out
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    assert "with --raw the picture must be 28" in err


def test_a_limit_of_memory_is_told() -> None:
    code = (
        "import resource, torch, sys; from fivebyfive import cli, evaluation\n"
        "limit = 3 << 30; resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "cli.app = lambda *_, **__: torch.zeros(1 << 40)\n"
        "sys.argv = ['5x5']; cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: the memory is used up")


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed, who may not read")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    Image.new("L", (28, 28)).save(closed / "7.png")
    code = (
        "import os, sys; from fivebyfive import cli\n"
        "def drop(): os.setgid(65534); os.setuid(65534)\n"
        "for number, path in enumerate(sys.argv[1:]):\n"
        "    number == 1 and drop()  # after the first call, for Python itself may lie where only this user may read\n"
        "    sys.argv = ['5x5', 'predict', path]\n"
        "    try: cli.main()\n"
        "    except SystemExit as end: print('ended with', end.code)\n"
    )
    for parent in (tmp_path, *tmp_path.parents[:-2]):
        parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, "missing", closed, closed / "7.png"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout.splitlines() == ["ended with 2"] * 3
    _, first, second = done.stderr.splitlines()
    assert "this folder cannot be read (Permission denied)" in first
    assert second.startswith(f"error: {closed}/7.png: cannot be read (Permission denied)")
