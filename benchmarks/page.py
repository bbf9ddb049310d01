"""How large the page's files are, how fast they open, and how fast they show the numbers behind a pixel.

    python benchmarks/page.py [--pixels 200]

In real Chromium, from files, with the network cut off: the post's network, a ResNet-18 and a ResNet-50 at 224×224 and
a row of 1,500 layers (size; from the request to the page drawn, median of five), and in the post's network from a
pointer on a pixel to its numbers in the page and to the frame that shows them. How smoothly the big picture of the
ResNet-18 scrolls, every module open: the longest frame. And how long files take to make: the explanation and the page
of each ResNet, with the part of its maps that is not whole, and of rows of 400, 800 and 1,500 layers, for each layer.
Exits with 1 where a promise is broken.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from architectures import resnet18, resnet50
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.explain.trace import Trace
from fivebyfive.views.page import html, keep
from fivebyfive.views.page.envelope import unpack

POST_MB, ANY_MB, OPEN_S, PIXEL_MS, MAKE_S, CUT_PERCENT = 3.0, 20.0, 3.0, 30.0, 10.0, 20.0
ROWS = (400, 800, 1500)
NAMES = {"post": "the post's network", "resnet18": "ResNet-18", "resnet50": "ResNet-50", "row": f"{ROWS[-1]:,} layers"}
OPENINGS = 5
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
POINT = """async (pixels) => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    const map = document.querySelector('#layer [data-map="output"]');
    const times = [];
    for (let i = 0; i < pixels; i++) {
        const box = map.getBoundingClientRect();
        const at = { clientX: box.left + Math.random() * box.width, clientY: box.top + Math.random() * box.height };
        await frame();
        const start = performance.now();
        map.dispatchEvent(new PointerEvent("pointermove", { ...at, pointerType: "mouse", bubbles: true }));
        const there = performance.now() - start;
        await frame();
        times.push([there, performance.now() - start]);
    }
    return times;
}"""
SCROLL = """async () => {
    const strip = document.querySelector("#overview");
    const page = document.scrollingElement;
    const scrolled = strip.scrollHeight > strip.clientHeight ? strip : page;
    const times = [];
    let last = performance.now();
    for (let top = 0; top < Math.min(scrolled.scrollHeight - scrolled.clientHeight, strip.scrollHeight); top += 40) {
        scrolled.scrollTop = top;
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - last);
        last = performance.now();
    }
    return times;
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pixels", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        files, kept = _files(Path(folder))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for name, path in files.items():
            most = POST_MB if name == "post" else ANY_MB
            kept.append(_report(f"{NAMES[name]}, file", path.stat().st_size / 1e6, most, "MB"))
            kept.append(_report(f"{NAMES[name]}, opened", _opening(browser, path), OPEN_S, "s"))
        kept += _pointing(browser, files["post"], options.pixels)
        _scrolling(browser, files["resnet18"])
        browser.close()
    return 0 if all(kept) else 1


def _files(folder: Path) -> tuple[dict[str, Path], list[bool]]:
    """A file of each, and which promises of making them were kept."""
    torch.manual_seed(0)
    picture = torch.from_numpy(np.random.default_rng(0).random((3, 224, 224), np.float32))
    digit = datasets.load("mnist").test.pixels[0]
    kept: list[bool] = []
    files: dict[str, Path] = {}

    def make(name: str, network: torch.nn.Module | model.Model, image: object) -> tuple[Trace, float]:
        start = time.perf_counter()
        trace = explain(network, image)
        files[name] = folder / f"{name}.html"
        files[name].write_text(html(trace), encoding="utf-8")
        return trace, time.perf_counter() - start

    make("post", model.load("conv_net"), digit)
    for name, network in (("resnet18", resnet18().eval()), ("resnet50", resnet50().eval())):
        trace, seconds = make(name, network, picture)
        kept.append(_report(f"{NAMES[name]}, made", seconds, MAKE_S, "s"))
        kept.append(_report(f"{NAMES[name]}, steps whose maps are not whole", _cut(trace), CUT_PERCENT, "%"))
    for count in ROWS:
        trace, seconds = make("row", _row(count), torch.rand(8, 8, 8))
        kept.append(_report(f"a row of {count} layers, made", seconds, MAKE_S, "s"))
        print(f"{'':45} {1000 * seconds / len(trace):8.2f} ms for each step")
    return files, kept


def _row(count: int) -> torch.nn.Module:
    layers = [layer for _ in range(count // 2) for layer in (torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.ReLU())]
    return torch.nn.Sequential(*layers).eval()


def _cut(trace: Trace) -> float:
    """Percent of the steps of which a file holds thumbnails alone."""
    held = unpack(keep.kept(trace, keep.FILE * 3 // 4)).buffers
    return 100 * sum(name.startswith("thumbnail/") for name in held) / len(trace)


def _open(browser: Browser, path: Path, fragment: str = "") -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 1000}, offline=True).new_page()
    page.goto(path.as_uri() + fragment)
    page.wait_for_selector("html[data-ready]")
    return page


def _opening(browser: Browser, path: Path) -> float:
    times = []
    for _ in range(OPENINGS):
        start = time.perf_counter()
        page = _open(browser, path)
        times.append(time.perf_counter() - start)
        page.context.close()
    return statistics.median(times)


def _pointing(browser: Browser, path: Path, pixels: int) -> list[bool]:
    kept = []
    for step in ("conv1.conv2d", "conv2.conv2d", "conv2.max_pool", "fc1.matmul"):
        page = _open(browser, path, f"#step={step}&channel=3")
        there, painted = zip(*page.evaluate(POINT, pixels), strict=True)
        kept.append(_report(f"a pixel of {step}, its numbers there", statistics.median(there), PIXEL_MS, "ms"))
        kept.append(_report(f"a pixel of {step}, painted", statistics.median(painted), PIXEL_MS, "ms"))
        page.context.close()
    return kept


def _scrolling(browser: Browser, path: Path) -> None:
    page = _open(browser, path)
    page.locator('[data-fold="none"]').click()
    times = page.evaluate(SCROLL)
    slow = statistics.quantiles(times, n=20)[-1]
    print(f"{'scrolling ResNet-18, a frame':45} median {statistics.median(times):6.1f} ms, 95% within {slow:6.1f} ms")


def _report(what: str, found: float, limit: float, unit: str) -> bool:
    print(f"{what:45} {found:8.2f} {unit:3} (at most {limit:g}){'' if found <= limit else '  TOO MUCH'}")
    return found <= limit


if __name__ == "__main__":
    sys.exit(main())
