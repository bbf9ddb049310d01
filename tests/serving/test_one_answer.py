"""Of one photo and one model, predict, explain, the page, the server and the exported file say the same."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from storm import served
from test_pad import Tab, chromium

from fivebyfive.views.page.document import unpack
from photos import paper
from support import Command

__all__ = ["chromium"]

CLOSE = 1e-4
PHOTOS = {"one": (["7"], (600, 450)), "three": (["7", "2", "1"], (900, 600))}


@pytest.fixture(params=["shipped", "trained for a few steps"])
def trained(request: pytest.FixtureRequest, five_by_five: Command, idx_folder: Path) -> str:
    """A model: the shipped one, or one that is in doubt of everything."""
    if request.param == "shipped":
        return "conv_net"
    run = idx_folder.parent / "run"
    done = five_by_five("train", "perceptron", "--data", idx_folder, "--samples", "6000", "--out", run)
    assert done.returncode == 0, done.stderr
    return str(run)


def explained(predicted: dict[str, Any], photo: dict[str, Any]) -> tuple[str, float]:
    """What predict says of the digit that explain chose."""
    box = photo["boxes"][photo["chosen"]]
    (digit,) = (d for d in predicted["digits"] if d["box"] == box)
    return digit["label"], digit["probability"]


def read(five_by_five: Command, photo: Path, model: str) -> dict[str, Any]:
    """What predict says of a photo."""
    done = five_by_five("predict", photo, "--model", model, "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    return dict(found)


def near(probability: float) -> Any:
    """The same probability, to the accuracy of float32 kernels that add in another order."""
    return pytest.approx(probability, abs=CLOSE)


@pytest.mark.parametrize("name", PHOTOS)
def test_one_photo_one_model_one_answer(
    name: str, trained: str, five_by_five: Command, chromium: Browser, tmp_path: Path
) -> None:
    digits, size = PHOTOS[name]
    photo, exported, page = tmp_path / "photo.jpg", tmp_path / "model.onnx", tmp_path / "page.html"
    paper(digits, size).save(photo, quality=90)
    done = five_by_five("export", trained, "--to", "onnx", "--out", exported)
    assert done.returncode == 0, done.stderr
    done = five_by_five("explain", photo, "--model", trained, "--json", "-", "--html", page)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    label, probability = said["prediction"][0]["label"], said["prediction"][0]["probability"]
    assert said["sure"] == (probability >= 0.8)

    with served("--model", trained) as server:
        answer = httpx.post(f"{server.url}/api/explain", content=photo.read_bytes(), timeout=60)
        assert answer.status_code == 200, answer.text
        part = unpack(answer.content)
        classes = unpack(httpx.get(f"{server.url}/api/network", timeout=60).content).fields["structure"]["classes"]
        best = part.fields["ranking"][0]
        assert classes[best] == label
        assert part.buffers["probabilities"][best] == near(probability)
        tab = Tab(chromium, server.url)
        tab.page.locator("[data-picture]").set_input_files(photo)
        expect(tab.page.locator("#photo [data-box]")).to_have_count(len(digits))
        _expect_shown(tab, label, probability)
        tab.page.context.close()
    for model in (trained, str(exported)):
        assert explained(read(five_by_five, photo, model), part.fields["photo"]) == (label, near(probability))
    tab = Tab(chromium, page.as_uri())
    _expect_shown(tab, label, probability)
    tab.page.context.close()


def _expect_shown(tab: Tab, label: str, probability: float) -> None:
    tab.expect_answer(label)
    shown = tab.page.locator("[data-answer=brief-0]").get_attribute("data-probability")
    assert float(shown or "nan") == near(probability)
    expect(tab.page.locator("#brief [data-doubt]")).to_have_count(int(probability < 0.8))
