"""Every page of a TIFF or a PDF is a picture; what a hostile PDF asks for is not given."""

import io
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fivebyfive.errors import InputError
from fivebyfive.pictures import pages as module
from fivebyfive.pictures.decoding import LONGEST
from fivebyfive.pictures.pages import Page, pages

Pixels = npt.NDArray[np.uint8]


def sheet(place: int) -> Image.Image:
    """A page with a black square, further down on each."""
    page = np.full((300, 200), 255, np.uint8)
    page[40 * place : 40 * place + 30, 50:80] = 0
    return Image.fromarray(page)


def saved(kind: str, count: int, **options: object) -> bytes:
    """A file of so many such pages."""
    file, (first, *others) = io.BytesIO(), [sheet(n) for n in range(count)]
    first.save(file, kind, save_all=True, append_images=others, **options)
    return file.getvalue()


def square(pixels: Pixels) -> tuple[float, float]:
    """Where the dark part of a page is: its middle, as shares of height and width."""
    rows, columns = np.nonzero(pixels[..., 0] < 128)
    return float(rows.mean() / pixels.shape[0]), float(columns.mean() / pixels.shape[1])


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_every_page_comes_in_order_with_its_number(kind: str) -> None:
    found = list(pages(saved(kind, 4)))
    assert [page.number for page in found] == [1, 2, 3, 4]
    for n, page in enumerate(found):
        assert square(page.picture.pixels) == pytest.approx(((40 * n + 15) / 300, 65 / 200), abs=0.02)


@pytest.mark.parametrize("kind", ["TIFF", "PDF", "PNG", "GIF"])
def test_a_file_of_one_picture_has_no_numbers(kind: str) -> None:
    (only,) = pages(saved(kind, 1))
    assert only.number is None
    assert only.picture.pixels.shape[2] == 1


def test_of_an_animated_picture_the_first_is_read() -> None:
    (only,) = pages(saved("GIF", 3))
    assert square(only.picture.pixels)[0] == pytest.approx(15 / 300, abs=0.02)


def test_a_page_made_small_is_no_page_of_a_tiff() -> None:
    file = io.BytesIO()
    small = sheet(1).resize((20, 30))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    sheet(0).save(file, "TIFF", save_all=True, append_images=[small])
    assert len(list(pages(file.getvalue()))) == 1


def test_a_page_of_a_pdf_is_drawn_at_one_size_whatever_it_claims() -> None:
    for box in ("0 0 200 300", "0 0 14400 14400", "0 0 1 1"):
        (only,) = pages(pdf(b"1 0 0 rg 0 0 100 100 re f", box=box))
        assert LONGEST - 1 <= max(only.picture.pixels.shape) <= LONGEST
        assert only.picture.width == only.picture.pixels.shape[1]


def test_after_a_damaged_page_the_error_comes_and_the_pages_before_it_are_kept() -> None:
    data = saved("TIFF", 3, compression="tiff_lzw")
    found: list[Page] = []
    reading = pages(data[: len(data) // 2], "scan.tif")
    with pytest.raises(InputError, match="scan.tif: the picture is damaged"):
        found.extend(reading)
    assert [page.number for page in found] == [1]


def test_there_is_an_end_to_how_many_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for kind in ("TIFF", "PDF"):
        found: list[Page] = []
        reading = pages(saved(kind, 4), "book")
        with pytest.raises(InputError, match="book: only the first 2 pages are read"):
            found.extend(reading)
        assert len(found) == 2


def test_without_its_library_a_pdf_is_told_how_to_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(saved("PDF", 1))
    code = (
        "import sys; sys.modules['pypdfium2'] = None\n"
        "from importlib import util; found = util.find_spec\n"
        "util.find_spec = lambda name: None if name == 'pypdfium2' else found(name)\n"
        "sys.argv = ['5x5', 'predict', 'a.pdf']; from fivebyfive.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "pip install pypdfium2" in line


# --- hostile PDFs -----------------------------------------------------------------------------------------------------


def pdf(content: bytes, objects: tuple[bytes, ...] = (), resources: str = "", box: str = "0 0 200 200") -> bytes:
    """A PDF of one page that draws `content`; `objects` are numbered from 5."""
    made = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R /Resources << {resources} >> >>".encode(),
        stream(content),
        *objects,
    )
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(made, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
    return data + end % (len(made) + 1, table, len(made) + 1, len(data))


def stream(content: bytes, words: str = "") -> bytes:
    return f"<< {words} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def of_tiles() -> bytes:
    """A page that is laid out with 40,000 million tiles."""
    words = "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.001 /YStep 0.001"
    tile = stream(b"0 0 1 1 re f", f"{words} /Resources << >>")
    return pdf(b"/Pattern cs /P scn 0 0 200 200 re f", (tile,), "/Pattern << /P 5 0 R >>")


def of_forms() -> bytes:
    """Each form draws the next one ten times: 10 to the 12th lines."""
    words = "/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /XObject << /F {} 0 R >> >>"
    last = stream(b"0 0 m 200 200 l S", words.format(5))
    forms = (*(stream(b"/F Do " * 10, words.format(n)) for n in range(6, 17)), last)
    return pdf(b"/F Do", forms, "/XObject << /F 5 0 R >>")


def of_sixteen_gigabytes() -> bytes:
    """A picture of 65,000 × 65,000 colours, all black, packed twice."""
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(bytes(1 << 20)) for _ in range(4096)) + packed.flush()
    words = (
        "/Type /XObject /Subtype /Image /Width 65000 /Height 65000 /BitsPerComponent 8 /ColorSpace /DeviceRGB "
        "/Filter [/FlateDecode /FlateDecode]"
    )
    return pdf(b"200 0 0 200 0 0 cm /I Do", (stream(zlib.compress(rows, 9), words),), "/XObject << /I 5 0 R >>")


def test_a_page_that_is_drawn_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 2)
    with pytest.raises(InputError, match="page 1: drawing it takes more than 2 seconds of processor time"):
        list(pages(of_tiles(), "trap.pdf"))


def test_a_page_that_grows_without_end_costs_its_process_alone() -> None:
    with pytest.raises(InputError, match="page 1: drawing it (failed|takes more than)"):
        list(pages(of_forms(), "trap.pdf"))


def test_a_page_that_unpacks_to_gigabytes_takes_no_more_than_it_may() -> None:
    code = (
        "import re, resource, sys\n"
        "from pathlib import Path\n"
        "from fivebyfive.errors import InputError; from fivebyfive.pictures.pages import pages\n"
        "try: list(pages(sys.stdin.buffer.read()))\n"
        "except InputError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"  # getrusage has the parent's
    )
    done = subprocess.run([sys.executable, "-c", code], input=of_sixteen_gigabytes(), capture_output=True, check=True)
    drawing, asking = map(int, done.stdout.split()[-2:])
    assert drawing < module.MEMORY >> 10
    assert asking < 400_000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\n" + bytes(40), "the PDF is damaged"),
        (pdf(b"")[:300], "the PDF"),
        (pdf(b"").replace(b"/Kids [3 0 R] /Count 1", b"/Kids [] /Count 0     "), "the PDF"),
        (pdf(b"").replace(b"/Count 1", b"/Count 9"), "page 2: the PDF is damaged"),
    ],
    ids=["a mark alone", "cut off", "no pages", "fewer than it says"],
)
def test_what_is_wrong_with_a_pdf_is_one_line(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as told:
        list(pages(data, "a.pdf"))
    assert str(told.value).startswith("a.pdf")
    assert "\n" not in str(told.value)


@settings(max_examples=20)
@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=20))
def test_any_damage_of_a_pdf_is_pages_or_one_line(changes: list[tuple[float, int]]) -> None:
    data = bytearray(saved("PDF", 1))
    for where, value in changes:
        data[int(where * len(data))] = value
    try:
        found = [page.picture.pixels.shape for page in pages(bytes(data), "a.pdf")]
    except InputError as error:
        lines = str(error).splitlines()
    else:
        assert max(max(shape) for shape in found) <= LONGEST
        lines = [""]
    assert len(lines) == 1
