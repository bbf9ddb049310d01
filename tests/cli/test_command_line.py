"""The command as a whole: light to start, quiet when its reader leaves."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from fivebyfive import cli
from support import Call, Command


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['5x5', '--help']\n"
        "from fivebyfive.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"torch", "numpy", "matplotlib", "PIL", "cv2", "onnxruntime", "fastapi", "safetensors"}


@pytest.mark.parametrize("command", ["train", "evaluate", "predict", "explain", "serve", "export", "doctor"])
def test_every_command_of_the_contract_has_its_help(in_process: Command, command: str) -> None:
    done = in_process(command, "--help")
    assert done.returncode == 0
    assert f"5x5 {command}" in done.stdout


def test_an_options_name_is_whole_on_a_narrow_terminal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    _, out, _ = call("train", "--help")
    assert {"--learning-rate", "--checkpoint-seconds", "--label-smoothing"} <= set(out.split())
    assert "…" not in out.replace("[OPTIONS]", "")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m fivebyfive train perceptron --samples 3000 --out /dev/null/x | head -c 0"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_ctrl_c_that_breaks_an_import_is_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("cannot release un-acquired lock")

    monkeypatch.setattr("sys.argv", ["5x5", "train"])
    monkeypatch.setattr(cli, "app", interrupted)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_nothing_is_printed_but_through_one_place() -> None:
    package = Path(cli.__file__).parent.parent
    calls = {
        file.relative_to(package).as_posix(): [
            node.lineno
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        ]
        for file in package.rglob("*.py")
    }
    printing = {file for file, lines in calls.items() if lines}
    # predict writes a list's brackets around its documents, and a table; a notebook's cell is no terminal
    assert printing == {"cli/printing.py", "cli/read_out.py", "training/notebook.py"}
