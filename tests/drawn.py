"""Drawing on the page's pad, and what the network that runs there answered."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from playwright.sync_api import Page

Points = Sequence[tuple[float, float]]
"""Of a stroke, as shares of the pad's width and height."""
SEVEN: Points = [(0.28, 0.22), (0.72, 0.22), (0.45, 0.8)]
ONE: Points = [(0.4, 0.2), (0.4, 0.8)]
STEEP: Points = [(0.2, 0.85), (0.75, 0.15)]
CATCH = """
    window.answers = [];
    const Plain = window.Worker;
    window.Worker = class extends Plain {
        constructor(...given) {
            super(...given);
            this.addEventListener("message", ({ data }) => data.buffers && window.answers.push(data));
        }
    };
"""
"""Before a page is loaded: whatever its worker answers is kept in ``answers``."""
LAST = """async () => {
    const { buffers, shapes } = answers.at(-1);
    const entries = [...buffers].map(([name, numbers]) => ({
        name, type: numbers.constructor.name, size: numbers.length, shape: shapes.get(name) ?? [numbers.length],
    }));
    const reader = new FileReader();
    const read = new Promise((resolve) => (reader.onload = () => resolve(reader.result)));
    reader.readAsDataURL(new Blob([...buffers.values()]));
    return { entries, bytes: await read };
}"""
TYPES = {"Float32Array": np.float32, "Uint8Array": np.uint8, "Int32Array": np.int32, "Uint32Array": np.uint32}


def draw(page: Page, stroke: Points) -> None:
    """Draw on the pad with the mouse, and wait until the page shows it, or says that it is none."""
    box = page.locator("[data-pad]").bounding_box()
    assert box
    (x, y), *others = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(x, y)
    page.mouse.down()
    for to in others:
        page.mouse.move(*to, steps=4)
    page.mouse.up()
    settled(page)


def settled(page: Page) -> None:
    """Wait until nothing is asked any more."""
    page.wait_for_selector("html:not([data-asking])")


def caught(page: Page) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """The numbers of the last answer, in their shapes."""
    found = page.evaluate(LAST)
    data, at, result = base64.b64decode(found["bytes"].partition(",")[2]), 0, {}
    for entry in found["entries"]:
        kind = np.dtype(TYPES[entry["type"]])
        result[entry["name"]] = np.frombuffer(data, kind, entry["size"], at).reshape(entry["shape"])
        at += entry["size"] * kind.itemsize
    return result
