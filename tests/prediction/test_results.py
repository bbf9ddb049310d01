"""A file of results: whole lines, gone on with where it ends, and nobody else's file is touched."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivebyfive.errors import InputError
from fivebyfive.prediction.results import Results
from fivebyfive.prediction.sources import Source

ABOUT = {"model": "reader 0123", "threshold": 0.8}
PAGES = {"a.png": 0, "b.tif": 3, "c.png": 0, "ü\udcff.png": 0, "d.tif": 2}
"""Files in order, and how many pages each has; 0: one, without a number."""


def sources() -> list[Source]:
    return [Source(name, bytes(n)) for n, name in enumerate(PAGES)]


def answers(first: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
    """What reading the files gives, from one of them on, and of how many bytes."""
    for n, (name, pages) in list(enumerate(PAGES.items()))[first:]:
        for page in range(1, pages + 1) or [None]:
            yield {"image": name} | ({"page": page} if page else {}) | {"text": f"{n} \x1b\u2028", "lines": []}, n


def written(path: Path, most: int = 100, about: dict[str, Any] = ABOUT) -> int:
    """Go on with the file, but no further than `most` lines; how many pictures were in it."""
    with closing(Results(path, about, sources())) as results:
        for found, size in list(answers(results.done))[:most]:
            results.add(results.entry(found, size))
        return results.done


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """What the file holds when nothing has come between."""
    assert written(tmp_path / "whole.jsonl") == 0
    return (tmp_path / "whole.jsonl").read_bytes()


def test_a_line_says_what_it_is_of_and_what_answered(whole: bytes) -> None:
    entries = [json.loads(line) for line in whole.splitlines()]
    assert [(e["image"], e.get("page")) for e in entries][:4] == [
        ("a.png", None), ("b.tif", 1), ("b.tif", 2), ("b.tif", 3)
    ]  # fmt: skip
    assert all(e["model"] == "reader 0123" and e["threshold"] == 0.8 for e in entries)
    assert [e["bytes"] for e in entries] == [0, 1, 1, 1, 2, 3, 4, 4]
    assert b"\x1b" not in whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cuts=st.lists(st.integers(0, 1000), max_size=4))
def test_cut_off_anywhere_any_number_of_times_it_comes_out_the_same(
    cuts: list[int], whole: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(whole[: cuts[0] if cuts else 0])
    for cut in cuts[1:]:
        written(path, most=1 + cut % 3)
        assert whole.startswith(path.read_bytes())
        with path.open("ab") as file:
            file.write(whole[path.stat().st_size :][: cut % 50])
    written(path)
    assert path.read_bytes() == whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.jsonl", "whole.jsonl"]


def test_what_a_power_cut_leaves_is_cut_off(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(whole[: whole.index(b"\n") + 1] + bytes(4096))
    assert written(path) == 1
    assert path.read_bytes() == whole


def changed(whole: bytes, number: int, **values: Any) -> bytes:
    lines = whole.splitlines(keepends=True)
    lines[number] = json.dumps(json.loads(lines[number]) | values).encode() + b"\n"
    return b"".join(lines)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda w: changed(w, 0, image="other.png"), "line 1 of .* is of other.png, where a.png comes now"),
        (lambda w: changed(w, 4, image="a.png"), "line 5 of .* is of a.png, where c.png comes now"),
        (lambda w: w + changed(w, 0, image="more.png"), "line 9 of .* where no picture is left"),
        (lambda w: changed(w, 0, bytes=7), "a.png is another file"),
        (lambda w: changed(w, 0, model="reader 4567"), "with model reader 4567, and it is reader 0123 now"),
        (lambda w: changed(w, 2, threshold=0.5), "with threshold 0.5, and it is 0.8 now"),
        (lambda w: changed(w, 0, raw=True), "with raw True, and it is unsaid now"),
        (lambda w: changed(w, 2, page=3), "does not follow on the one before"),
        (lambda w: changed(w, 2, image="c.png"), "does not follow on the one before"),
        (lambda w: changed(w, 0, page="one"), "is none that 5x5 predict wrote"),
        (lambda w: changed(w, 0, lines=3), "is none that 5x5 predict wrote"),
        (lambda _: b"notes\n", "is none that 5x5 predict wrote"),
        (lambda _: b"notes", "is none that 5x5 predict wrote"),
        (lambda _: b'{"image": "a.png"}', "is none that 5x5 predict wrote"),
        (lambda _: b"[" * 100_000 + b"\n", "is none that 5x5 predict wrote"),
        (lambda _: bytes(100), "is none that 5x5 predict wrote"),
    ],
)
def test_a_file_of_something_else_is_refused_and_stays_as_it_is(
    content: Any, says: str, whole: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(before := content(whole))
    with pytest.raises(InputError, match=says) as raised:
        written(path)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == before


def test_one_writes_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with (
        closing(Results(path, ABOUT, sources())),
        pytest.raises(InputError, match="is being written already"),
    ):
        Results(path, ABOUT, sources())
    assert written(path) == 0


def test_nothing_is_written_through_a_link_or_into_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "mine.txt")
    for place in (tmp_path / "link.jsonl", tmp_path):
        with pytest.raises(InputError, match="a folder or a link"):
            written(place)
    assert (tmp_path / "mine.txt").read_text() == ""
