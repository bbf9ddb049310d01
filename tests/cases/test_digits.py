"""The cases that read digits, from the command line: trained, stopped, gone on with, and used in every way."""

import json
import threading
from pathlib import Path
from typing import Any, NoReturn

import httpx
import numpy as np
import pytest
from storm import served

from cases import networks
from fivebyfive import trust
from fivebyfive.datasets import Dataset
from fivebyfive.networks.spec import parse
from fivebyfive.training.run import train
from support import Call, Command, StopAt, weights
from test_people import photos as photos

DIGITS = ["Usual", "SoftmaxEnd", "Lazy", "ExtraState", "PythonRandom", "Printing", "Lambdas"]
SERVED = ["Lazy", "ExtraState"]
"""Those that a server, which takes seconds to start, is started with too."""
ONCE = ["Usual", "Lazy", "ExtraState", "Lambdas"]
"""The others are more of the same: tests/test_people.py has such networks too."""
SAMPLES, BATCH = 600, 50


def spec(name: str) -> str:
    return f"{networks.__file__}:{name}"


@pytest.fixture
def data(tmp_path: Path, digits: Dataset) -> Path:
    x, y = digits.train.pixels[:360, ..., 0], digits.train.labels[:360]
    np.savez(tmp_path / "digits.npz", x_train=x[:300], y_train=y[:300], x_test=x[300:], y_test=y[300:])
    return tmp_path / "digits.npz"


def no_number(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def document(text: str) -> Any:
    """The one document that standard output is."""
    return json.loads(text, parse_constant=no_number)


def done(call: Call, *arguments: str | Path) -> tuple[str, str]:
    """What a command printed that went well."""
    code, out, err = call(*arguments)
    assert code == 0, err
    for text in (out, err):
        assert "unexpected" not in text.lower()
        assert "Traceback" not in text
    return out, err


def trained(call: Call, name: str, data: Path, out: str) -> tuple[str, str]:
    values = ["--recipe", "quick", "--samples", str(SAMPLES), "--batch-size", str(BATCH), "--display-step", "4"]
    return done(call, "train", spec(name), "--data", data, *values, "--out", out, "--json")


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in ONCE else [pytest.mark.exhaustive]) for n in DIGITS])
def test_every_command_takes_it(
    name: str, call: Call, data: Path, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = trained(call, name, data, "run")
    samples = document(out)["samples"]
    assert ("shape (" in err) == (name == "Printing")
    if name == "SoftmaxEnd":
        assert "softmax" in err.lower() or "probabilities" in err.lower()

    train(spec(name), data, "quick", samples=SAMPLES, batch_size=BATCH, display_step=4, out="cut", reporter=StopAt(5))
    capsys.readouterr()  # from Python, what it prints is the caller's
    assert not Path("cut/model.safetensors").exists()
    assert document(done(call, "train", "--resume", "cut", "--json")[0])["samples"] == samples
    assert weights(Path("cut")) == weights(Path("run"))

    assert document(done(call, "evaluate", "run", "--json")[0])["images"] == 60
    by_torch = document(done(call, "predict", *photos[:3], "--model", "run", "--json")[0])
    done(call, "export", "run", "--to", "onnx", "--out", "model.onnx")
    by_onnx = document(done(call, "predict", *photos[:3], "--model", "model.onnx", "--json")[0])
    for photo, one, other in zip(photos, by_torch, by_onnx, strict=False):
        described = document(done(call, "explain", photo, "--model", "run", "--json", "-")[0])
        best = described["prediction"][0]
        for read in (one["digits"][0], other["digits"][0]):
            assert read["label"] == best["label"]
            assert read["probability"] == pytest.approx(best["probability"], abs=1e-4)
    done(call, "explain", photos[0], "--model", "run", "--html", "page.html")
    assert Path("page.html").stat().st_size > 10_000

    if name not in SERVED:
        return
    with served(
        "--model", str(Path("run").resolve()), environment={"XDG_STATE_HOME": str(Path("state").resolve())}
    ) as at:
        answer = httpx.post(f"{at.url}/api/explain", content=photos[0].read_bytes(), timeout=120)
        assert answer.status_code == 200, answer.text
        assert float(unpacked(answer.content).max()) == pytest.approx(by_torch[0]["digits"][0]["probability"], abs=1e-4)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["Printing", "SoftmaxEnd"])
def test_as_processes_too(name: str, five_by_five: Command, data: Path, photos: list[Path], tmp_path: Path) -> None:
    """Every command, and the server, which is started, asked and stopped."""

    def run(*arguments: str | Path) -> str:
        ended = five_by_five(*arguments)
        assert ended.returncode == 0, ended.stderr
        assert "unexpected" not in (ended.stdout + ended.stderr).lower()
        assert "Traceback" not in ended.stderr
        return ended.stdout

    few = ["--recipe", "quick", "--samples", "200", "--batch-size", "50"]
    document(run("train", spec(name), "--data", data, *few, "--out", "run", "--json"))
    document(run("evaluate", "run", "--json"))
    (read,) = document(run("predict", photos[0], "--model", "run", "--json"))
    document(run("explain", photos[0], "--model", "run", "--json", "-"))
    assert run("export", "run", "--to", "onnx", "--out", "model.onnx").splitlines()[1].startswith("written: ")
    (again,) = document(run("predict", photos[0], "--model", "model.onnx", "--json"))
    assert again["digits"][0]["probability"] == pytest.approx(read["digits"][0]["probability"], abs=1e-4)
    place = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with served("--model", str(tmp_path / "run"), environment=place) as server:
        answer = httpx.post(f"{server.url}/api/explain", content=photos[0].read_bytes(), timeout=120)
        assert answer.status_code == 200, answer.text
        page = unpacked(answer.content)
        labels = [str(n) for n in range(10)]
        assert labels[int(page.argmax())] == read["digits"][0]["label"]
        assert float(page.max()) == pytest.approx(read["digits"][0]["probability"], abs=1e-4)
        assert server.complaints.read_text().count("unexpected") == 0
        said: list[str] = []
        assert server.process.stdout is not None
        reader = threading.Thread(target=lambda: said.append(server.process.stdout.read()))  # type: ignore[union-attr]
        reader.start()
    reader.join()
    assert said[0].count("\n") == 1  # nothing but its address, and what the model is
    assert said[0].startswith(f"networks.py:{name}: taught on digits.npz; takes digits")


def unpacked(content: bytes) -> Any:
    from fivebyfive.views.page.document import unpack

    return unpack(content).buffers["probabilities"]


def test_state_that_is_no_tensor_is_kept(call: Call, data: Path) -> None:
    trained(call, "ExtraState", data, "run")
    from fivebyfive.model import load

    assert load("run").network.version == 3
    assert trust.by_user(parse(spec("ExtraState"))) is not None


def test_what_segments_ends_well_without_the_bars_of_an_answer(call: Call, photos: list[Path]) -> None:
    out, _ = done(call, "explain", photos[0], "--network", spec("Segments"), "--html", "page.html")
    assert "page.html: the page" in out
    assert "%" not in out
    out, _ = done(call, "explain", photos[0], "--network", spec("Segments"))
    assert "self.up(F.relu(self.down(x)))" in out
    described = document(done(call, "explain", photos[0], "--network", spec("Segments"), "--json", "-")[0])
    assert described["prediction"] == []
