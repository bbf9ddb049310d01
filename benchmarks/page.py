"""How large the page's files are, how fast they open, and how fast they show the numbers behind a pixel.

    python benchmarks/page.py [--pixels 200]

Three measurements in real Chromium, from files, with the network cut off: the post's network and a ResNet-18 at
224×224 (size; from the request to the page drawn, median of five), and in the post's network from a pointer on a pixel
to its numbers in the page and to the frame that shows them. And how smoothly the big picture of the ResNet scrolls,
every module open: the longest frame. Exits with 1 where a promise is broken.
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

from architectures import resnet18
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from fivebyfive.views.page import html

POST_MB, ANY_MB, OPEN_S, PIXEL_MS = 3.0, 20.0, 3.0, 30.0
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
    const times = [];
    let last = performance.now();
    for (let left = 0; left < strip.scrollWidth - strip.clientWidth; left += 40) {
        strip.scrollLeft = left;
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
        post, resnet = _files(Path(folder))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        kept = [
            _report("the post's network, file", post.stat().st_size / 1e6, POST_MB, "MB"),
            _report("ResNet-18 at 224×224, file", resnet.stat().st_size / 1e6, ANY_MB, "MB"),
            _report("the post's network, opened", _opening(browser, post), OPEN_S, "s"),
            _report("ResNet-18 at 224×224, opened", _opening(browser, resnet), OPEN_S, "s"),
            *_pointing(browser, post, options.pixels),
        ]
        _scrolling(browser, resnet)
        browser.close()
    return 0 if all(kept) else 1


def _files(folder: Path) -> tuple[Path, Path]:
    torch.manual_seed(0)
    picture = torch.from_numpy(np.random.default_rng(0).random((3, 224, 224), np.float32))
    traces = {
        "post": explain(model.load("conv_net"), datasets.load("mnist").test.pixels[0]),
        "resnet": explain(resnet18().eval(), picture),
    }
    for name, trace in traces.items():
        (folder / f"{name}.html").write_text(html(trace), encoding="utf-8")
    return folder / "post.html", folder / "resnet.html"


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
