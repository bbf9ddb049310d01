"""How fast a page that runs the network by itself follows the pen.

    python benchmarks/live_page.py [--rounds 5]

In real Chromium, from one file, with the network cut off: from a stroke's next point to the frame that shows the whole
page anew, every layer's maps and the answer; a digit is drawn several times, a point at a time. Of the post's network,
and of `quick`; beside it how large the file is, how long it takes to open, and how long the network itself takes in the
page's worker. Exits with 1 where a promise is broken; writes results/live_page.json.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from browsers import launched
from fivebyfive import datasets, model
from fivebyfive.explain import explain
from side_by_side import machine

RESULTS = Path(__file__).parent / "results" / "live_page.json"
STROKE_MS = {"conv_net": 60.0, "quick": 60.0}
MOST_MB = {"conv_net": 10.0, "quick": 1.5}
TIMED = """
    window.worked = [];
    const Plain = window.Worker;
    window.Worker = class extends Plain {
        constructor(...given) {
            super(...given);
            this.addEventListener("message", () => window.worked.push(performance.now() - this.asked));
        }
        postMessage(...given) {
            this.asked = performance.now();
            super.postMessage(...given);
        }
    };
"""
DRAW = """async (rounds) => {
    const pad = document.querySelector("[data-pad]");
    pad.setPointerCapture = () => undefined;
    const box = pad.getBoundingClientRect();
    const root = document.documentElement;
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    const send = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, {
        clientX: box.left + x * box.width, clientY: box.top + y * box.height,
        pointerId: 1, pointerType: "mouse", bubbles: true,
    }));
    const shown = (version) => new Promise((done) => {
        const watch = new MutationObserver(() => {
            if (root.dataset.version === version) return;
            watch.disconnect();
            frame().then(done);
        });
        watch.observe(root, { attributes: true, attributeFilter: ["data-version"] });
    });
    const times = [];
    for (let round = 0; round < rounds; round++) {
        document.querySelector("[data-pad-clear]").click();
        send("pointerdown", 0.25, 0.2);
        send("pointermove", 0.55, 0.2);
        await new Promise((done) => setTimeout(done, 500));
        for (let i = 1; i <= 24; i++) {
            const along = i / 24;
            await frame();
            const before = shown(root.dataset.version);
            const start = performance.now();
            send("pointermove", 0.55 + 0.2 * Math.min(1, 3 * along) - 0.25 * along, 0.2 + 0.65 * along);
            await before;
            times.push(performance.now() - start);
        }
        send("pointerup", 0.5, 0.8);
    }
    return times;
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright)
        found = {name: _measured(browser, name, Path(folder), options.rounds) for name in STROKE_MS}
    for name, figures in found.items():
        print(f"{name}: {', '.join(f'{what} {value}' for what, value in figures.items())}")
    RESULTS.write_text(json.dumps({"machine": machine(), "networks": found}, indent=2) + "\n")
    broken = [n for n, f in found.items() if f["stroke_ms_median"] > STROKE_MS[n] or f["file_mb"] > MOST_MB[n]]
    return 1 if broken else 0


def _measured(browser: Browser, name: str, folder: Path, rounds: int) -> dict[str, float]:
    file = folder / f"{name}.html"
    explain(model.load(name), datasets.load("mnist").test.pixels[0]).to_html(file, live=True)
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.add_init_script(TIMED)
    context.set_offline(True)
    page = context.new_page()
    start = time.perf_counter()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    opened = time.perf_counter() - start
    times = page.evaluate(DRAW, rounds)
    worked = page.evaluate("worked")
    context.close()
    return {
        "file_mb": round(file.stat().st_size / 1e6, 2),
        "open_s": round(opened, 2),
        "stroke_ms_median": round(statistics.median(times), 1),
        "stroke_ms_slowest_tenth": round(statistics.quantiles(times, n=10)[-1], 1),
        "network_ms_median": round(statistics.median(worked), 1),
        "strokes": len(times),
    }


if __name__ == "__main__":
    sys.exit(main())
