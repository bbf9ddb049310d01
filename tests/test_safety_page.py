"""The page of what may run code, and what may not: each sentence that it holds names tests, and they exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivebyfive.datasets import limits as data
from fivebyfive.datasets import spilled
from fivebyfive.pictures import heif, pages
from fivebyfive.prediction import guarded
from fivebyfive.serving.limits import Limits

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "safety.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
NOT_HELD = "Not held"


def bullets() -> Iterator[tuple[str, str]]:
    """Each section's title with each of its bullets, in one line."""
    for section in PAGE.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        for bullet in re.findall(r"^- (.+(?:\n  .+)*)", body, re.MULTILINE):
            yield title, " ".join(bullet.split())


HELD = [bullet for title, bullet in bullets() if title != NOT_HELD]


def functions(file: str) -> set[str]:
    return {node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("bullet", HELD, ids=lambda bullet: bullet[:50])
def test_a_sentence_names_the_tests_that_hold_it(bullet: str) -> None:
    sentence, _, named = bullet.partition(" — ")
    tests = TEST.findall(named)
    assert tests
    assert not TEST.sub("", named).strip(", "), "only tests stand behind a sentence"
    assert not re.search(r"[.?!] [A-Z]", sentence), "each sentence has a bullet of its own, and tests of its own"
    for file, name in tests:
        assert name in functions(file)


def test_outside_of_the_bullets_stands_no_promise_of_its_own() -> None:
    titles = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert titles[-2:] == [NOT_HELD, "Reporting"]
    for section in PAGE.split("\n## ")[1:-1]:
        _, _, body = section.partition("\n")
        assert all(line.startswith(("- ", "  ")) for line in body.splitlines() if line), body


@pytest.mark.parametrize(
    "figure",
    [
        f"may take {data.MOST_BYTES >> 30} GiB",
        {2: "twice"}[data.PEAK],
        f"above {spilled.IN_MEMORY >> 20} MiB, stay on the disk, where arrays may have {data.MOST_ON_DISK >> 30} GiB",
        f"use {guarded.MEMORY >> 30} GiB of memory and {guarded.MEMORY_OF_FILE} times the file's size",
        f"{guarded.LOADING} s of processor time to load, and {guarded.READING} s a picture",
        f"use {pages.MEMORY >> 30} GiB of memory and the file's size, and {pages.SECONDS} s of processor time a page",
        f"use {heif.MEMORY >> 30} GiB of memory, and {heif.SECONDS} s of processor time a picture",
        f"of many pages, {pages.MOST:,} are read",
        f"more than {Limits().upload_bytes >> 20} MiB",
        f"ended after {Limits().compute_seconds:g} s and may take {Limits().memory_bytes >> 30} GiB",
    ],
)
def test_a_figure_is_the_codes(figure: str) -> None:
    assert any(figure in bullet for bullet in HELD)


def test_the_readme_and_the_rules_of_the_house_lead_to_it() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        assert "(docs/safety.md)" in (ROOT / name).read_text()
