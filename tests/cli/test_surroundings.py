"""A home that cannot be written, an encoding without the letter, Ctrl-C before there is an answer: it ends well."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from support import Call

NARROW = ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})


def run(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | variables
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", NARROW)
def test_an_emoji_in_a_path_is_written_out_where_nothing_can_show_it(tmp_path: Path, encoding: dict[str, str]) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "😀.png")
    done = run("-m", "fivebyfive", "predict", "😀.png", folder=tmp_path, **encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith((rb"\U0001f600.png: ", rb"\xf0\x9f\x98\x80.png: "))


def test_reading_leaves_nothing_at_home_and_reports_nothing(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    Image.new("L", (28, 28)).save(tmp_path / "7.png")
    kept = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": "", "ORT_DISABLE_TELEMETRY": "1"}
    code = "import os; del os.environ['ORT_DISABLE_TELEMETRY']; import fivebyfive; fivebyfive.predict('7.png')"
    done = run("-c", code, folder=tmp_path, **kept)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_home_that_cannot_be_written_is_no_word_worth(tmp_path: Path) -> None:
    done = run("-c", "import fivebyfive.views.plotting", folder=tmp_path, HOME="/dev/null", MPLCONFIGDIR="")
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_while_the_model_is_opened_leaves_a_whole_document(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fivebyfive.prediction.opening.open_engine", interrupted)
    (tmp_path / "answers.csv").write_text("kept")
    assert call("predict", "7.png", "--json") == (130, "[]\n", "")
    assert call("predict", "7.png", "--csv", "answers.csv") == (130, "", "")
    assert (tmp_path / "answers.csv").read_text() == "kept"
