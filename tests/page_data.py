"""What the pages of the documentation take for granted: pictures, a network, a training that is there already."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

import fivebyfive
from fivebyfive import datasets
from photos import paper
from striped import photographs
from support import StopAt

GENERATED = {"docs/post/conv_net.md": "written by 5x5; its code is that of a network, which is run by its own tests"}
"""Pages whose code is not run here, and why."""
OF_FRAMEWORKS = frozenset({"docs/tutorials/a-tensorflow-1-program.md", "docs/tutorials/a-keras-model.md"})
"""Pages that need TensorFlow, Keras or timm: tests/sources_apart runs them."""

LONG = frozenset(
    f"docs/{page}.md"
    for page in (
        "how-to/compare-two-runs",
        "how-to/find-why-it-is-wrong",
        "how-to/serve-to-others",
        "how-to/several-processes",
        "how-to/train-with-an-own-loop",
        "tutorials/the-posts-network",
        "tutorials/your-own-network",
        "tutorials/your-own-pictures",
    )
)
"""Pages that take six seconds of a processor or more: run where their tests are named, `./5x5 test tests/docs`."""

Given = Mapping[str, object]


class Net(nn.Module):
    """A network of one's own, for pages that say `network`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, padding=2)
        self.fc = nn.Linear(8 * 14 * 14, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        scores: torch.Tensor = self.fc(x.flatten(1))
        return scores


def digits(folder: Path) -> None:
    """7.png and 4.png, as MNIST has them."""
    tests = datasets.load("mnist").test
    for name, number in (("7", 0), ("4", 4)):
        Image.fromarray(tests.pixels[number, ..., 0]).save(folder / f"{name}.png")


def sheets(folder: Path) -> None:
    """page.jpg, a photo of handwriting, and scan.pdf of two of them."""
    first, second = paper("314"), paper("27")
    first.save(folder / "page.jpg")
    first.save(folder / "scan.pdf", save_all=True, append_images=[second])


MYNET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, padding=2)
        self.fc = nn.Linear(8 * 14 * 14, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        return self.fc(x.flatten(1))
"""


def a_run(folder: Path, name: str = "mine") -> None:
    """A training of a moment, of mynet.py:Net, in a folder of runs/."""
    (folder / "mynet.py").write_text(MYNET)
    fivebyfive.train(f"{folder / 'mynet.py'}:Net", out=folder / "runs" / name, samples=1280)


def _readme(folder: Path) -> Given:
    digits(folder)
    a_run(folder)
    network = Net()
    network(torch.rand(2, 1, 28, 28)).square().mean().backward()
    return {"network": network, "image": datasets.load("mnist").test.pixels[4],
            "optimizer": torch.optim.AdamW(network.parameters()), "other": fivebyfive.explain(network, "7.png"),
            "pictures": ["7.png", "4.png"]}  # fmt: skip


def _film(folder: Path) -> Given:
    fivebyfive.train("quick", out=folder / "runs" / "quick-quick-1", samples=26_000)
    return {}


def _compare(folder: Path) -> Given:
    digits(folder)
    return {"fivebyfive": fivebyfive, "network": Net(), "seven": "7.png", "four": "4.png"}


def _live(folder: Path) -> Given:
    Image.fromarray(datasets.load("mnist").test.pixels[0, ..., 0]).save(folder / "cat.jpg")
    (folder / "photos").mkdir()
    Image.fromarray(datasets.load("mnist").test.pixels[1, ..., 0]).save(folder / "photos" / "dog.png")
    return {"fivebyfive": fivebyfive, "network": Net().eval()}


def _why(folder: Path) -> Given:
    digits(folder)
    return {"trace": fivebyfive.explain("conv_net", folder / "7.png")}


def _lesson(folder: Path) -> Given:
    digits(folder)
    (folder / "7.png").rename(folder / "digit.png")
    return {}


def _export(folder: Path) -> Given:
    digits(folder)
    a_run(folder, "first")
    return {}


def _reading(folder: Path) -> Given:
    sheets(folder)
    a_run(folder)
    return {"fivebyfive": fivebyfive, "x_test": np.zeros((2, 28, 28), np.uint8), "paths": ["page.jpg"]}


def _photographs(folder: Path) -> Given:
    photographs(folder / "photos", each=20, sizes=((40, 40),))
    (folder / "photos" / "standing").rename(folder / "photos" / "owl")
    x, y = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8), np.arange(40) % 10
    parts = {f"{pictures}{part}": x for pictures in "xyuvst" for part in ("", "_train", "_test")}
    labels = {f"{name}{part}": y for name in "yvt" for part in ("", "_train", "_test")}
    return {"fivebyfive": fivebyfive, "network": Net(), **parts, **labels}


def _tensorflow(folder: Path) -> Given:
    program = Path(__file__).parent / "people" / "tensorflow" / "convolutional_network.py"
    (folder / program.name).write_bytes(program.read_bytes())
    return {}


def _scans(folder: Path) -> Given:
    (folder / "scans").mkdir()
    sheets(folder / "scans")
    return {}


def _stopped(folder: Path) -> Given:
    fivebyfive.train("quick", out=folder / "runs" / "stopped", samples=1280, reporter=StopAt(3))
    x, y = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8), np.arange(40) % 10
    fivebyfive.train("quick", (x, y), out=folder / "runs" / "arrays", samples=1280, reporter=StopAt(3))
    return {"x": x, "y": y}


def _a_run(folder: Path) -> Given:
    digits(folder)
    a_run(folder)
    return {}


PAGES: Mapping[str, Callable[[Path], Given]] = {
    "README.md": _readme,
    "docs/compare.md": _compare,
    "docs/export.md": _export,
    "docs/film.md": _film,
    "docs/lesson.md": _lesson,
    "docs/live.md": _live,
    "docs/photographs.md": _photographs,
    "docs/reading.md": _reading,
    "docs/tutorials/a-tensorflow-1-program.md": _tensorflow,
    "docs/how-to/find-why-it-is-wrong.md": _a_run,
    "docs/how-to/read-scans-into-a-table.md": _scans,
    "docs/how-to/resume-a-training.md": _stopped,
    "docs/how-to/run-a-model-without-pytorch.md": _a_run,
    "docs/why.md": _why,
}


def given(page: str, folder: Path) -> Given:
    """Lay into `folder`, which is the current one, what a page takes for granted; the names that its Python has."""
    make = PAGES.get(page)
    return make(folder) if make else {}
