"""What it costs to watch a training, how well the page follows, and how fast a film opens and is redrawn.

    python benchmarks/watch.py [--runs 9] [--steps 1350] [--samples 40000]

In real Chromium. The network ``quick`` is trained by its recipe, lengthened to so many steps, in turn alone and with
`5x5 train --watch`'s page following; the time is that of the loop, what the page's frames take included: on the clock
where a core is left for the browser, and of the processor where the training keeps all cores busy, for then the
browser, which paints without a graphics card here, takes its share from it.
Then the post's network is trained on so many pictures, and its film opened from a file and moved through, frame by
frame: from the slider's move to all of it drawn, and to the screen's next picture. All results are written to
results/watch.json. Exits with 1 where a promise is broken.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

RESULTS = Path(__file__).parent / "results" / "watch.json"
COST, FRAMES, OPEN_S, REDRAW_MS = 1.10, 10.0, 2.0, 50.0
OPENINGS = 5
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
COUNT = """() => {
    window.drawn = [];
    const noted = () => window.drawn.push(performance.now());
    const training = document.querySelector("#training");
    new MutationObserver(noted).observe(training, { attributes: true, attributeFilter: ["data-step"] });
}"""
MOVE = """async () => {
    const next = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    const slider = document.querySelector("[data-frame=A]");
    const times = [];
    for (let frame = 0; frame <= Number(slider.max); frame++) {
        await next();
        const start = performance.now();
        slider.value = String(frame);
        slider.dispatchEvent(new Event("input"));
        const there = performance.now() - start;
        await next();
        times.push([there, performance.now() - start]);
    }
    return times;
}"""


class Clock:
    """An onlooker that measures the loop, and lets another look on."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.started = self.seconds = self.processor = 0.0

    def begins(self, *arguments: Any) -> None:
        if self.inner is not None:
            self.inner.begins(*arguments)
        self.started, self.processor = time.perf_counter(), time.process_time()

    def stepped(self, *arguments: Any) -> None:
        if self.inner is not None:
            self.inner.stepped(*arguments)

    def displayed(self, progress: Any) -> None:
        if self.inner is not None:
            self.inner.displayed(progress)

    def looked(self, look: Any) -> None:
        if self.inner is not None:
            self.inner.looked(look)

    def trained(self, *arguments: Any) -> None:
        self.seconds, self.processor = time.perf_counter() - self.started, time.process_time() - self.processor
        if self.inner is not None:
            self.inner.trained(*arguments)


def trained(watched: bool, samples: int, folder: str) -> None:
    """In a process of its own: train, and print the page's address and how long the loop took."""
    import socket

    from fivebyfive.serving.watch import Watch
    from fivebyfive.training.run import train

    def told(address: str) -> None:
        print(address, flush=True)

    watch = Watch(socket.create_server(("127.0.0.1", 0)), told) if watched else None
    clock = Clock(watch)
    train("quick", samples=samples, out=folder, film=0, onlooker=clock)
    if watch is not None:
        watch.__exit__(None, None, None)
    print(clock.seconds, clock.processor, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--steps", type=int, default=1350)
    parser.add_argument("--samples", type=int, default=40_000)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        trained(options.one[0] == "watched", int(options.one[1]), options.one[2])
        return 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["XDG_STATE_HOME"] = folder
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        cores, samples = os.cpu_count() or 1, 192 * (options.steps + 1)
        found: dict[str, Any] = {"cores": cores}
        for name, threads in (("a core left", max(1, cores - 1)), ("all cores busy", cores)):
            os.environ["OMP_NUM_THREADS"] = str(threads)
            found[name] = _watching(browser, options.runs, samples, Path(folder) / name)
        found |= _film(browser, options.samples, Path(folder))
        browser.close()
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    kept = [
        _report("watched, a core left: times as long", found["a core left"]["times_as_long"], COST),
        _report("all cores busy: its processor time", found["all cores busy"]["processor_times_as_much"], COST),
        _report("frames a second in the page", found["all cores busy"]["frames_a_second"], FRAMES, least=True),
        _report("opening the film of the post's network, s", found["open_seconds"], OPEN_S),
        _report("the slider, to all drawn, ms", found["redraw_ms"], REDRAW_MS),
        _report("the slider, to the screen, ms", found["screen_ms"], REDRAW_MS),
    ]
    return 0 if all(kept) else 1


def _watching(browser: Browser, runs: int, samples: int, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    alone, watched, frames, processor = [], [], [], []
    for run in range(runs):
        (before, busy), _ = _one(None, samples, folder / f"alone{run}")
        (seconds, busier), seen = _one(browser, samples, folder / f"watched{run}")
        alone.append(before)
        processor.append(busier / busy)
        watched.append(seconds)
        frames.append(seen)
        print(f"alone {alone[-1]:6.2f} s   watched {seconds:6.2f} s   {seen:5.1f} frames a second", file=sys.stderr)
    ratios = [b / a for a, b in zip(alone, watched, strict=True)]
    return {
        "alone_seconds": alone,
        "watched_seconds": watched,
        "times_as_long": statistics.median(ratios),
        "processor_times_as_much": statistics.median(processor),
        "frames_a_second": statistics.median(frames),
    }


def _one(browser: Browser | None, samples: int, folder: Path) -> tuple[tuple[float, float], float]:
    """How long the loop took, on the clock and of the processor; and how many frames a second the page drew."""
    way = "alone" if browser is None else "watched"
    command = [sys.executable, __file__, "--one", way, str(samples), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    there = threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            lines.append(line)
            there.set()
        there.set()

    reading = threading.Thread(target=read)
    reading.start()
    seen = 0.0
    if browser is not None:
        there.wait()
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        address = re.match(r"http\S+", lines[0])
        assert address, lines
        page.goto(address[0], wait_until="commit")
        page.wait_for_selector("#training", state="attached")
        page.evaluate(COUNT)
        page.wait_for_selector("html[data-state=ended]", timeout=600_000)
        drawn = page.evaluate("window.drawn")
        seen = 1000 * (len(drawn) - 1) / (drawn[-1] - drawn[0]) if len(drawn) > 1 else 0.0
        page.context.close()
    reading.join()
    clock, processor = map(float, lines[-1].split())
    return (clock, processor), seen


def _film(browser: Browser, samples: int, folder: Path) -> dict[str, Any]:
    run, path = folder / "post", folder / "post.html"
    five = [sys.executable, "-m", "fivebyfive"]
    subprocess.run([*five, "train", "--samples", str(samples), "--out", run], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*five, "explain", "--model", run, "--html", path], check=True, stdout=subprocess.DEVNULL)
    times, moves = [], []
    for _ in range(OPENINGS):
        page = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True).new_page()
        start = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-filmed]")
        times.append(time.perf_counter() - start)
        page.locator("#training").scroll_into_view_if_needed()
        moves += page.evaluate(MOVE)
        page.context.close()
    there, screen = zip(*moves, strict=True)
    return {
        "file_mb": path.stat().st_size / 1e6,
        "open_seconds": statistics.median(times),
        "redraw_ms": statistics.median(there),
        "redraw_ms_95": statistics.quantiles(there, n=20)[-1],
        "screen_ms": statistics.median(screen),
        "screen_ms_95": statistics.quantiles(screen, n=20)[-1],
    }


def _report(what: str, found: float, limit: float, least: bool = False) -> bool:
    good = found >= limit if least else found <= limit
    print(f"{what:45} {found:8.2f} (at {'least' if least else 'most'} {limit:g}){'' if good else '  BROKEN'}")
    return good


if __name__ == "__main__":
    sys.exit(main())
