"""A page that runs the network by itself, in Firefox with no network to reach."""

from pathlib import Path

import pytest

from drawn import SEVEN
from firefox import firefox
from fivebyfive import datasets, model
from fivebyfive.explain import explain

PAD = "document.querySelector('[data-pad]')"
ROOT = "document.documentElement"
ANSWER = "document.querySelector('[data-answer=brief-0]').dataset"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "quick.html"
    explain(model.load("quick"), datasets.load("mnist").test.pixels[1]).to_html(path, live=True)
    return path


def test_one_draws_and_the_network_answers(file: Path, tmp_path: Path) -> None:
    with firefox(tmp_path) as tab:
        tab.open(file.as_uri())
        tab.until(f"{ROOT}.dataset.ready")
        assert tab.run(f"{ROOT}.dataset.runs") == "worker"
        assert tab.run(f"{ANSWER}.label") == "2"
        tab.draw(SEVEN, PAD)
        tab.until(f"{ROOT}.dataset.version && !{ROOT}.dataset.asking")
        assert tab.run(f"{ANSWER}.label") == "7"
        tab.until("location.hash.includes('drawn=')")
        link = tab.run("location.href")
        said = tab.run(f"{ANSWER}.probability")
        tab.open("about:blank")
        tab.open(link)
        tab.until(f"{ROOT}.dataset.version && !{ROOT}.dataset.asking")
        assert tab.run(f"{ANSWER}.probability") == said
        assert tab.run("document.querySelector('#trouble').hidden")
