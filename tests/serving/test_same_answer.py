"""Of one photo and one model, predict, explain, the page, the server and the exported file say the same."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from storm import served
from test_pad import Tab

from fivebyfive.views.page.document import unpack
from photos import paper
from support import Command

CLOSE = 1e-4
PHOTOS = {"one": (["7"], (600, 450)), "three": (["7", "2", "1"], (900, 600))}


@pytest.fixture(params=[pytest.param("shipped", marks=pytest.mark.exhaustive), "trained for a few steps"])
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


def near(probability: float) -> Any:
    """The same probability, to the accuracy of float32 kernels that add in another order."""
    return pytest.approx(probability, abs=CLOSE)


def test_one_photo_one_model_one_answer(trained: str, five_by_five: Command, chromium: Browser, tmp_path: Path) -> None:
    photos = {tmp_path / f"{name}.jpg": digits for name, (digits, _) in PHOTOS.items()}
    for photo, (digits, size) in zip(photos, PHOTOS.values(), strict=True):
        paper(digits, size).save(photo, quality=90)

    def ran(*arguments: str | Path) -> str:
        done = five_by_five(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    exported = tmp_path / "model.onnx"
    ran("export", trained, "--to", "onnx", "--out", exported)
    predicted = [json.loads(ran("predict", *photos, "--model", model, "--json")) for model in (trained, exported)]
    with served("--model", trained) as server:
        classes = unpack(httpx.get(f"{server.url}/api/network", timeout=60).content).fields["structure"]["classes"]
        live = Tab(chromium, server.url)
        for n, (photo, digits) in enumerate(photos.items()):
            page = photo.with_suffix(".html")
            said = json.loads(ran("explain", photo, "--model", trained, "--json", "-", "--html", page))
            label, probability = said["prediction"][0]["label"], said["prediction"][0]["probability"]
            assert said["sure"] == (probability >= 0.8)

            answer = httpx.post(f"{server.url}/api/explain", content=photo.read_bytes(), timeout=60)
            assert answer.status_code == 200, answer.text
            part = unpack(answer.content)
            best = part.fields["ranking"][0]
            assert (classes[best], part.buffers["probabilities"][best]) == (label, near(probability))

            for found in predicted:
                assert explained(found[n], part.fields["photo"]) == (label, near(probability))

            live.page.locator("[data-picture]").set_input_files(photo)
            expect(live.page.locator("#photo [data-box]")).to_have_count(len(digits))
            file = Tab(chromium, page.as_uri())
            for tab in (live, file):
                tab.expect_answer(label)
                shown = tab.page.locator("[data-answer=brief-0]").get_attribute("data-probability")
                assert float(shown or "nan") == near(probability)
                expect(tab.page.locator("#brief [data-doubt]")).to_have_count(int(probability < 0.8))
            file.page.context.close()
        live.page.context.close()
