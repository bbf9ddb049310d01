"""Any picture file is decoded upright, over a plain background, within limits; anything else is one clear line."""

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import decode, from_pillow, pictures_in
from fivebyfive.pictures.fitting import fitted


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
        (b"\0\0\0\x18ftypheic" + bytes(40), "damaged"),
        (b"%PDF-1.7\n" + bytes(40), "PDF"),
        (png_of_size(100_000, 100_000), "too large"),
        (png_of_size(9_000, 9_000), "megapixels"),
        (png_of_size(2, 1_000_001), "at most 1,000,000 a side"),
        (png_of_size(0, 5), "not a picture"),
        (png_of_size(50, 50), "damaged"),
        (encoded(corner(400, 300), "JPEG")[:900], "damaged"),
        (jpeg_of_many_scans(), "scans"),
    ],
    ids=[
        "empty",
        "text",
        "HEIC",
        "PDF",
        "bomb",
        "81 megapixels",
        "a million rows",
        "no width",
        "no pixels",
        "cut off",
        "scan bomb",
    ],
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


def twin(keyed: Image.Image, key: tuple[int, ...]) -> Image.Image:
    """`keyed` as RGBA, with the pixels of one colour transparent."""
    colour = np.asarray(keyed.convert("RGB"))
    opaque = (colour != key).any(axis=2)
    return Image.fromarray(np.dstack([colour, opaque.astype(np.uint8) * 255]))


def drawn_with_holes() -> Image.Image:
    pixels = np.full((30, 40, 3), (180, 60, 60), np.uint8)
    pixels[5:25, 10:30] = 0
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("mode", "key", "shown"),
    [("RGB", (0, 0, 0), (0, 0, 0)), ("L", 0, (0, 0, 0)), ("P", 0, None)],
)
def test_the_colour_that_a_png_calls_transparent_is_seen_through(
    mode: str, key: int | tuple[int, ...], shown: tuple[int, ...] | None
) -> None:
    image = drawn_with_holes().convert(mode)
    if shown is None:
        assert isinstance(key, int)
        shown = tuple((image.getpalette() or [])[3 * key : 3 * key + 3])
    found = decode(encoded(image, "PNG", transparency=key)).pixels
    assert np.array_equal(found, decode(encoded(twin(image, shown), "PNG")).pixels)
    assert not np.array_equal(found, decode(encoded(image, "PNG")).pixels)


def test_a_large_picture_is_seen_through_before_it_is_reduced() -> None:
    image = drawn_with_holes().resize((3000, 2250), Image.Resampling.NEAREST)
    found = decode(encoded(image, "PNG", transparency=(0, 0, 0)), longest=40).pixels
    assert int(found[15, 20].min()) == 255


def deep_png(depth: int, colour: int, samples: bytes, key: bytes) -> bytes:
    """Two pixels beside each other, and the one that is transparent."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, depth, colour, 0, 0, 0))
    body = chunk(b"tRNS", key) + chunk(b"IDAT", zlib.compress(b"\0" + samples))
    return b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        deep_png(16, 0, struct.pack(">2H", 1000, 30_000), struct.pack(">H", 1000)),
        deep_png(16, 2, struct.pack(">6H", *[1000] * 3, *[30_000] * 3), struct.pack(">3H", *[1000] * 3)),
        deep_png(4, 0, b"\x17", struct.pack(">H", 1)),
        deep_png(2, 0, b"\x10", struct.pack(">H", 0)),
    ],
    ids=["16 bits, grey", "16 bits, colour", "4 bits", "2 bits"],
)
def test_a_transparent_colour_is_known_at_any_depth(data: bytes) -> None:
    first, second = decode(data).pixels[0, :, 0]
    assert first == 255
    assert second < 130


def test_equal_greys_of_deep_pictures_stay_equal_whatever_lies_beside_them() -> None:
    def grey(other: int, mode: str, kind: str) -> int:
        values = np.array([[4000, other]], np.uint16)
        image = Image.fromarray(values if mode == "I;16" else values.astype(np.int32))
        return int(decode(encoded(image, kind)).pixels[0, 0, 0])

    for mode, kind in (("I;16", "PNG"), ("I;16", "TIFF"), ("I", "PPM")):
        assert {grey(other, mode, kind) for other in (0, 4000, 9000, 65_535)} == {round(4000 / 257)}


def test_the_range_of_deep_pixels_is_the_one_that_a_tiff_declares() -> None:
    image = Image.fromarray(np.array([[0, 2048, 4095]], np.uint16))
    found = decode(encoded(image, "TIFF", tiffinfo={281: 4095})).pixels
    assert found[0, :, 0].tolist() == [0, 128, 255]


def test_twelve_bits_in_sixteen_can_be_read_over_their_own_range() -> None:
    found = decode(encoded(Image.fromarray(np.array([[0, 2048, 4095]], np.uint16)), "PNG"))
    assert found.pixels[0, :, 0].tolist() == [0, 8, 16]
    assert found.spread is not None
    assert found.spread[0, :, 0].tolist() == [0, 128, 255]
    assert decode(encoded(corner(), "PNG")).spread is None


@pytest.mark.parametrize("mode", ["RGBa", "La", "PA", "F", "I"])
def test_images_of_pillow_that_no_png_holds_are_taken_too(mode: str) -> None:
    grey = corner()
    image = grey.convert("LA").convert(mode) if mode == "La" else grey.convert("RGBA").convert("RGBa")
    image = grey.convert(mode) if mode in ("F", "I", "PA") else image
    assert np.array_equal(from_pillow(image).pixels[:, :, 0], np.asarray(grey))


def bmp_of_runs(size: int) -> bytes:
    runs = b"\x01\x05" * (size // 2)
    about = struct.pack("<IiiHHIIiiII", 40, 4000, 4000, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078) + about + bytes(1024) + runs


@pytest.mark.parametrize(
    "data",
    [b"P5 3000 3000 254\n" + bytes(9_000_000), b"P2 3000 3000 255\n" + b"1 " * 9_000_000, bmp_of_runs(6_000_000)],
    ids=["PPM up to 254", "PPM in letters", "BMP of runs"],
)
def test_what_would_be_decoded_in_python_pixel_by_pixel_is_refused_when_large(data: bytes) -> None:
    with pytest.raises(InputError, match="save the picture as PNG"):
        decode(data, name="photo")


def png_with(name: bytes, body: bytes) -> bytes:
    """A sound PNG with one more chunk, before its pixels."""
    plain = encoded(corner(), "PNG")
    more = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return plain[:33] + more + plain[33:]


def tiff_of(*tags: tuple[int, int, int, int]) -> bytes:
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *t) for t in tags) + bytes(4)
    )


@pytest.mark.parametrize(
    "data",
    [
        png_with(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000))),
        png_with(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000))),
        tiff_of((256, 4, 1, 28), (257, 4, 1, 28), (273, 4, 2**32 - 1, 8), (279, 4, 2**32 - 1, 8)),
        b"P6 8000 7000 255\n",
        b"P5 99999999999999999999 1 255\n",
    ],
    ids=["text", "profile", "tags", "a header alone", "a long number"],
)
def test_what_claims_to_be_large_takes_no_memory(data: bytes) -> None:
    tracemalloc.start()
    said = ""
    try:
        decode(data, name="photo")
    except InputError as error:
        said = str(error)
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert "\n" not in said
    assert most < 30 << 20
