"""Any picture file is decoded upright, over a plain background, within limits; anything else is one clear line."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fivebyfive.datasets.picture import decode, fitted, from_pillow, pictures_in
from fivebyfive.errors import InputError


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def corner(width: int = 40, height: int = 30) -> Image.Image:
    """White, with its top left quarter black: shows how it is turned."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[: height // 2, : width // 2] = 0
    return Image.fromarray(pixels)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"])
def test_every_format_gives_the_same_picture(kind: str) -> None:
    found = decode(encoded(corner(), kind))
    assert found.pixels.shape[:2] == (30, 40)
    assert np.abs(found.pixels[:, :, 0].astype(int) - np.asarray(corner())).max() < 30


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_made_upright(kind: str, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that makes `orientation` out of upright
    stored = corner() if orientation == 1 else corner().transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(encoded(stored, kind, exif=exif))
    assert (found.width, found.height) == (40, 30)
    assert np.abs(found.pixels[:, :, 0].astype(int) - np.asarray(corner())).max() < 30


def test_what_cannot_be_seen_is_white_and_light_ink_is_laid_over_black() -> None:
    ink = np.zeros((20, 20, 4), np.uint8)
    ink[5:15, 9:11] = (10, 10, 10, 255)
    dark = decode(encoded(Image.fromarray(ink), "PNG")).pixels
    assert dark[0, 0, 0] == 255
    assert dark[10, 10, 0] == 10
    ink[5:15, 9:11] = (250, 250, 250, 255)
    light = decode(encoded(Image.fromarray(ink), "PNG")).pixels
    assert light[0, 0, 0] == 0
    assert light[10, 10, 0] == 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F", "LAB"])
def test_pixels_of_any_kind_become_bytes(mode: str) -> None:
    grey = Image.fromarray(np.linspace(0, 255, 600).reshape(20, 30).astype(np.uint8))
    if mode == "I;16":
        image = Image.fromarray((np.asarray(grey).astype(np.uint16)) * 257)
    elif mode == "LAB":
        image = Image.merge("LAB", [grey, Image.new("L", grey.size, 128), Image.new("L", grey.size, 128)])
    else:
        image = grey.convert(mode)
    found = decode(encoded(image, "TIFF")).pixels
    assert found.dtype == np.uint8
    assert int(found[-1, -1].min()) > 200
    assert int(found[0, 0].max()) < 40


def test_grey_in_colour_is_grey_and_colour_stays() -> None:
    assert decode(encoded(corner().convert("RGB"), "PNG")).pixels.shape[2] == 1
    assert decode(encoded(Image.new("RGB", (8, 8), (200, 30, 30)), "PNG")).pixels.shape == (8, 8, 3)


def test_of_a_film_the_first_frame_is_taken() -> None:
    frames = [Image.new("L", (16, 16), shade) for shade in (10, 120, 250)]
    film = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert int(decode(film).pixels.max()) == 10


def test_a_large_picture_is_reduced_and_says_its_own_size() -> None:
    found = decode(encoded(Image.new("L", (5000, 2500), 200), "JPEG"))
    assert (found.width, found.height) == (5000, 2500)
    assert max(found.pixels.shape) <= 2048
    assert found.reduction == pytest.approx(5000 / found.pixels.shape[1])


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def jpeg_of_many_scans() -> bytes:
    plain = encoded(Image.new("L", (4000, 4000), 128), "JPEG", progressive=True)
    scan = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[scan:-2] * 200 + b"\xff\xd9"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"not a picture at all", "not a picture"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"%PDF-1.7\n" + bytes(40), "PDF"),
        (png_of_size(100_000, 100_000), "too large"),
        (png_of_size(9_000, 9_000), "megapixels"),
        (png_of_size(0, 5), "not a picture"),
        (png_of_size(50, 50), "damaged"),
        (encoded(corner(400, 300), "JPEG")[:900], "damaged"),
        (jpeg_of_many_scans(), "scans"),
    ],
    ids=["empty", "text", "HEIC", "PDF", "bomb", "81 megapixels", "no width", "no pixels", "cut off", "scan bomb"],
)
def test_what_is_no_picture_is_one_line_that_says_why(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as raised:
        decode(data, name="photo")
    assert str(raised.value).startswith("photo: ")
    assert "\n" not in str(raised.value)


def test_a_path_that_is_no_picture_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        decode(tmp_path / "missing.png")
    with pytest.raises(InputError, match="no such file"):
        decode(Path("nul\0.png"))
    with pytest.raises(InputError, match="folder"):
        decode(tmp_path)
    with pytest.raises(InputError, match="not an ordinary file"):
        decode(Path("/dev/zero"))


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"]),
    keep=st.floats(0.02, 1.0),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12),
)
def test_a_damaged_file_gives_a_picture_or_one_line(kind: str, keep: float, changes: list[tuple[float, int]]) -> None:
    data = bytearray(encoded(corner(64, 48).convert("RGB"), kind))
    for where, value in changes:
        data[int(where * len(data))] = value
    try:
        found = decode(bytes(data[: int(keep * len(data))]) or b"x")
    except InputError as error:
        lines = str(error).splitlines()
    else:
        lines = [f"{found.pixels.size} values"]
    assert len(lines) == 1


def test_pictures_in_a_folder_come_in_order_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.PNG", "a.jpg", "notes.txt", ".hidden.png", "deep/c.webp"):
        (tmp_path / name).touch()
    assert [p.name for p in pictures_in(tmp_path)] == ["a.jpg", "b.PNG", "c.webp"]


def test_fitted_keeps_aspect_and_takes_the_middle() -> None:
    wide = np.zeros((10, 30, 1), np.uint8)
    wide[:, 10:20] = 255
    assert fitted(wide, (10, 10, 3)).shape == (10, 10, 3)
    assert int(fitted(wide, (10, 10, 1)).min()) == 255


def test_an_image_of_pillow_is_taken_as_its_file_would_be() -> None:
    assert np.array_equal(from_pillow(corner()).pixels[:, :, 0], np.asarray(corner()))
