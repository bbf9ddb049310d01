"""Which backend Keras runs on where nobody has said it, and what is said of one that is not known."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PEOPLE = Path(__file__).parents[2] / "people" / "keras"
ASK = """
import sys
from fivebyfive.networks import keras_lines
if "tensorflow" in sys.argv[1:]:
    import importlib.util
    real = importlib.util.find_spec
    importlib.util.find_spec = lambda name, *rest: None if name == "tensorflow" else real(name, *rest)
keras_lines.choose_backend()
import os
print(os.environ["KERAS_BACKEND"])
"""


def _chosen(home: Path, *without: str, **environment: str) -> str:
    own = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    own |= {"KERAS_HOME": str(home), **environment}
    done = subprocess.run(
        [sys.executable, "-c", ASK, *without], env=own, capture_output=True, text=True, check=True, timeout=100
    )
    return done.stdout.strip()


def test_tensorflow_where_it_is_installed_and_else_pytorch(tmp_path: Path) -> None:
    assert _chosen(tmp_path) == "tensorflow"
    assert _chosen(tmp_path, "tensorflow") == "torch"


def test_what_the_user_says_holds(tmp_path: Path) -> None:
    assert _chosen(tmp_path, KERAS_BACKEND="torch") == "torch"
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "torch"}))
    assert _chosen(tmp_path) == "torch"


def test_a_configured_backend_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "tensorflow"}))
    assert _chosen(tmp_path, "tensorflow") == "torch"
    (tmp_path / "keras.json").write_text("{")
    assert _chosen(tmp_path) == "tensorflow"


def test_a_file_may_say_it_before_it_imports_keras(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        'import os\nos.environ["KERAS_BACKEND"] = "torch"\nimport keras\n'
        "net = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()])\nprint(keras.backend.backend())\n"
    )
    own = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"} | {"KERAS_HOME": str(tmp_path)}
    code = "from fivebyfive.explain.sources import named; named('net.py:net')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=own, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout.strip() == "torch"


def test_another_backend_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from fivebyfive.errors import InputError
    from fivebyfive.networks import from_keras

    monkeypatch.setattr(from_keras, "backend", lambda: "jax")
    with pytest.raises(InputError, match=r"Keras runs on jax here, which is not known; say KERAS_BACKEND=torch"):
        from_keras.adapted(object())
