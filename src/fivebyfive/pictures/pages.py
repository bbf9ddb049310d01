"""Every page of a file: of a TIFF, of a PDF; any other file is one picture.

A PDF is drawn by PDFium, in a process that may take so much memory and time and no more (`guarding`): what a page
costs is not seen before it is drawn. Its pictures have LONGEST pixels on their longer side, so no page is larger.

Source: https://pypdfium2.readthedocs.io
"""

import contextlib
import dataclasses
import importlib.util
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import LONGEST, SUFFIXES, Picture, contents, decode_pages

if TYPE_CHECKING:
    from fivebyfive import guarding

ENDINGS = SUFFIXES | {".pdf"}
"""Endings by which a file with pictures is found in a folder; one that is named is opened whatever its ending."""
MOST = 1000
"""Pages of one file that are read."""
MEMORY, SECONDS = 2 << 30, 20
"""What drawing a PDF may take: bytes of memory for all of it, seconds of processor time for opening and each page."""
PDF = b"%PDF-"
HEAD = 1024
"""Bytes at a PDF's beginning in which its mark stands."""


@dataclass(frozen=True, eq=False)
class Page:
    """A picture in a file; `number`: which page it is, from 1, or None where it is the only one."""

    picture: Picture
    number: int | None = None


def pages(source: str | Path | bytes, name: str = "", enough: int = 0) -> Iterator[Page]:
    """The pictures in a file or in its bytes, in order; MOST at most.

    Args:
        source: a path, or the bytes of a file.
        name: what errors call it; the path by default.
        enough: as in `decode`, for whoever needs no more than that of them.

    Raises:
        InputError: it cannot be read, or not all of it; then the pages before have come already.
    """
    found = _pictures(source, name or ("picture" if isinstance(source, bytes) else str(source)), enough)
    first, second, problem = next(found), None, None
    try:
        second = next(found, None)
    except InputError as error:
        problem = error
    yield Page(first, 1 if second or problem else None)
    if problem is not None:
        raise problem
    if second is not None:
        yield from (Page(picture, number) for number, picture in enumerate(itertools.chain([second], found), 2))


def _pictures(source: str | Path | bytes, name: str, enough: int) -> Iterator[Picture]:
    data = source if isinstance(source, bytes) else contents(Path(source), name)
    found = _of_pdf(data, name) if PDF in data[:HEAD] else decode_pages(data, name, enough=enough)
    for number, picture in enumerate(found, 1):
        if number > MOST:
            raise InputError(f"{name}: only the first {MOST:,} pages are read; take the others out into another file")
        yield dataclasses.replace(picture, source=b"") if enough else picture  # nothing is decoded once more


def _of_pdf(data: bytes, name: str) -> Iterator[Picture]:
    if importlib.util.find_spec("pypdfium2") is None:
        raise InputError(
            f"{name}: reading a PDF takes pypdfium2 (pip install pypdfium2); or save its pages as JPEG or PNG"
        )
    from fivebyfive import guarding

    process = guarding.Guarded("fivebyfive.pictures.pages")
    try:
        head, _ = _asked(process, name, {"size": len(data), "memory": MEMORY, "seconds": SECONDS}, data)
        if not head["pages"]:
            raise InputError(f"{name}: the PDF has no pages; save or send it again")
        for page in range(min(int(head["pages"]), MOST + 1)):
            about, pixels = _asked(process, f"{name}, page {page + 1}", {"page": page, "seconds": SECONDS})
            height, width = about["height"], about["width"]
            yield Picture(np.frombuffer(pixels, np.uint8).reshape(height, width, -1), width, height)
    finally:
        process.end()


def _asked(
    process: "guarding.Guarded", name: str, request: dict[str, int], data: bytes = b""
) -> tuple[dict[str, Any], bytes]:
    from fivebyfive import guarding

    try:
        return process.ask(request, data)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except guarding.Ended as end:
        why = f"drawing it takes more than {SECONDS} seconds of processor time" if end.took_too_long else (
            f"drawing it failed ({end}); it may want more than {MEMORY >> 30} GB of memory, or be damaged"
        )  # fmt: skip
        raise InputError(f"{name}: {why}; save the page as JPEG or PNG") from None


# --- the process ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Open the PDF that the first request brings, then draw the pages that are asked for."""
    from fivebyfive import guarding

    source, answers = guarding.pipes()
    with contextlib.suppress(BrokenPipeError):
        request = json.loads(source.readline())
        data = source.read(request["size"])
        guarding.limit(request["memory"] + len(data))
        guarding.allow(request["seconds"])
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(data)
            with contextlib.suppress(pypdfium2.PdfiumError):
                document.init_forms()  # so that what was filled in is drawn
            guarding.answer(answers, {"pages": len(document)})
            while line := source.readline():
                asked = json.loads(line)
                guarding.allow(asked["seconds"])
                pixels = _drawn(document[asked["page"]])
                head = {"height": pixels.shape[0], "width": pixels.shape[1]}
                guarding.answer(answers, head, pixels.tobytes())
        except MemoryError:
            guarding.answer(answers, {"error": f"it wants more than {MEMORY >> 30} GB of memory"})
        except Exception as problem:  # PDFium's own, and what a damaged page makes of its size
            guarding.answer(answers, {"error": _in_words(str(problem))})


def _drawn(page: Any) -> Any:
    """A page as uint8 [h, w, 1 or 3], its longer side LONGEST pixels."""
    scale = (LONGEST - 1) / max(page.get_size())  # its sides are rounded up
    pixels = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False).to_numpy()[..., :3]
    grey = (pixels == pixels[..., :1]).all()
    return np.ascontiguousarray(pixels[..., :1] if grey else pixels)


def _in_words(problem: str) -> str:
    if "password" in problem.lower():
        return "the PDF is locked with a password; save it without one"
    return f"the PDF is damaged ({' '.join(problem.split())[:120]}); save its pages as JPEG or PNG"
