"""Any picture file as plain pixels: upright, over a plain background, no larger than is useful, and safe to open.

Files come from anywhere, so what a header claims is checked before anything is decoded: formats that need much
memory or time for a small file are refused or decoded at a fraction of their size.
"""

import io
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from fivebyfive.errors import InputError
from fivebyfive.files import instead
from fivebyfive.pictures import heif

Pixels = npt.NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "BMP", "DIB", "GIF", "PPM", "WEBP", "TIFF")
_ENDINGS = "png jpg jpeg jpe jfif mpo webp bmp dib gif tif tiff ppm pgm pbm pnm heic heif hif avif"
SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split())
"""Endings by which a picture is found in a folder; a file that is named is opened whatever its ending."""

LONGEST = 2048
"""Longest side, in pixels, of what `decode` gives: a digit of a page's 1/60 still has 34 pixels."""

MEGAPIXELS = 64
JPEG_MEGAPIXELS = 160
"""Baseline JPEG may be larger: it is decoded at an eighth of its size without ever being in memory whole."""

WEBP_MEGAPIXELS = 40
"""WebP's decoder holds every pixel four times over."""

SIDE = 1_000_000
"""A picture's longest side: to hold a row costs Pillow eight bytes, however short it is."""

FILE_BYTES = 256 << 20
SLOW_DECODERS, SLOW_BYTES = ("ppm", "ppm_plain", "bmp_rle"), 4 << 20
"""Pillow decodes these in Python, pixel by pixel: about a second a megabyte."""

SCAN_MEGAPIXELS = 1000
"""Scans of a progressive JPEG times its megapixels: each scan passes over the whole picture."""

SUBFILE, NO_PAGE = 254, 0b101
"""TIFF's word for what an image is: a page made small, or a mask of one, is none."""
ORIENTATION, BITS_PER_SAMPLE, MAX_SAMPLE_VALUE = 0x0112, 258, 281
_RANGES = (1, 255, 65535, (1 << 32) - 1)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright whose EXIF (or TIFF) orientation is the key."""
_WITHOUT_LOSS = {"La": "LA", "RGBa": "RGBA", "PA": "RGBA"}
"""What image modes that are no file's become."""
SIDEWAYS = (TURNS[5], TURNS[6], TURNS[7], TURNS[8])


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: uint8 [h, w, C], upright; C is 1 where every pixel is grey, else 3 (red, green, blue).
        width, height: of the file's own picture, upright; `pixels` may be smaller by one factor.
        spread: a picture deeper than bytes as bytes over the range that it uses itself, shaped like `pixels`; None for
            any other. Scans of 12 bits in 16 are nearly black in `pixels`: to read one picture, only this will do.
        source: the file's bytes, where it is the (first) picture of one; `fitting.taken` reads it from these.
        enough: what it was decoded for, as `decode` was told.
    """

    pixels: Pixels
    width: int
    height: int
    spread: Pixels | None = None
    source: bytes = field(default=b"", repr=False, compare=False)
    enough: int = field(default=0, repr=False, compare=False)

    @property
    def reduction(self) -> float:
        """How many of the file's pixels one side of a pixel here stands for; 1 or more."""
        return float(max(self.width, self.height) / max(self.pixels.shape[:2]))


def decode(source: Path | bytes, *, name: str = "", longest: int = LONGEST, enough: int = 0) -> Picture:
    """Read the (first) picture in a file or in its bytes.

    EXIF rotation is applied, transparency is laid over white (over black where all that is visible is light), deep,
    indexed, CMYK and one-bit pixels become bytes.

    Deep pixels become bytes by the range that the file declares, never by what is in it: two pictures' equal greys must
    stay equal in a data set. That is all 16 bits of a PNG (its standard scales shallower samples to them), the greatest
    value of a PPM, and TIFF's MaxSampleValue or else BitsPerSample. Numbers of 32 bits and floats declare nothing;
    theirs is the narrowest of 0 to 1, 255, 65,535 and 2³² - 1 that holds them.

    Args:
        source: a file's path, or its contents.
        name: what errors call it; the path by default.
        longest: the result's longest side at most, in pixels.
        enough: so many pixels a side are all that is needed, and a JPEG may be decoded at a fraction that has them; 0:
            `longest`.

    Raises:
        InputError: it cannot be read, is damaged, or is too large to be opened safely.
    """
    name = name or (str(source) if isinstance(source, Path) else "picture")
    data = contents(source, name) if isinstance(source, Path) else source
    return next(decode_pages(data, name, longest=longest, enough=enough))


def decode_pages(data: bytes, name: str, *, longest: int = LONGEST, enough: int = 0) -> Iterator[Picture]:
    """Every page of a TIFF in turn; of any other file its picture.

    Raises:
        InputError: as `decode`; pages after one that is damaged are not looked for.
    """
    if not data:
        raise InputError(f"{name}: the file is empty; give a PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC or AVIF picture")
    found = _pages(data, name, longest, enough or longest)
    try:
        while True:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata; sizes are checked below
                picture = next(found, None)
            if picture is None:
                return
            yield picture
    except InputError:
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name}: {_not_a_picture(data)}") from None
    except Image.DecompressionBombError:
        raise InputError(
            f"{name}: the picture is far too large; make it smaller than {MEGAPIXELS} megapixels"
        ) from None
    except Exception as problem:  # decoders raise nearly anything on damaged files
        reason = str(problem).split("\n")[0][:120] or type(problem).__name__
        raise InputError(f"{name}: the picture is damaged ({reason}); save or send it again") from None


def from_pillow(image: Image.Image) -> Picture:
    """An image of Pillow's, upright, as `decode` would have given it."""
    stream = io.BytesIO()
    same = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F")
    lossless = image if same else image.convert(_WITHOUT_LOSS.get(image.mode, "RGB"))
    lossless.save(stream, "TIFF" if image.mode in ("I", "F") else "PNG", exif=image.getexif())
    return decode(stream.getvalue(), name="the image")


def pictures_in(folder: Path, endings: Collection[str] = SUFFIXES) -> list[Path]:
    """Every file under `folder` with one of these endings, in the order of their names; hidden ones are left out."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in endings and p.is_file())
    return sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))


def contents(path: Path, name: str) -> bytes:
    """What is in a file that may be a picture.

    Raises:
        InputError: there is no such file, or it is none that can be read, or a very large one.
    """
    try:
        if path.is_dir():
            raise InputError(f"{name}: this is a folder; a picture was expected")
        if not path.exists():
            raise InputError(f"{name}: there is no such file{instead(path)}; check the path")
        if not path.is_file():
            raise InputError(f"{name}: this is not an ordinary file; a picture was expected")
        if path.stat().st_size > FILE_BYTES:
            raise InputError(f"{name}: the file is over {FILE_BYTES >> 20} MB; make the picture smaller")
        return path.read_bytes()
    except OSError as problem:
        raise InputError(f"{name}: cannot be read ({problem.strerror or problem}); check the file") from None


def _not_a_picture(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "a video is no picture; save one of its pictures as JPEG or PNG"
    if data[:5] == b"%PDF-":
        return "PDF files are read by 5x5 predict alone; save the page as JPEG or PNG"
    return "this is not a picture that can be read; give a PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC or AVIF file"


def _pages(data: bytes, name: str, longest: int, enough: int) -> Iterator[Picture]:
    if heif.is_heif(data):
        yield Picture(*heif.decoded(data, name, longest))
        return
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        yield picture_in(image, data, name, longest, enough)
        while isinstance(image, TiffImageFile):
            try:
                image.seek(image.tell() + 1)
            except EOFError:
                return
            if not image.tag_v2.get(SUBFILE, 0) & NO_PAGE:
                yield replace(picture_in(image, data, name, longest, enough), source=b"")


def picture_in(image: Image.Image, data: bytes, name: str, longest: int, enough: int) -> Picture:
    """What Pillow has opened, and not yet decoded, as a picture; the rest as in `decode`.

    Args:
        data: the bytes of its file.

    Raises:
        InputError: it is too large to be decoded safely.
    """
    _check_size(image, data, name)
    size = image.size
    image.draft(None, (enough, enough))  # only JPEG: decodes at 1/2, 1/4 or 1/8
    image.load()  # TIFF is upright after this, and then has no such tag any more
    turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    plain = _in_bytes(image, data, longest)
    if turn is not None:
        plain = [one.transpose(turn) for one in plain]
    width, height = size[::-1] if turn in SIDEWAYS else size
    pixels, *spread = (_over_background(one) for one in plain)
    return Picture(pixels, width, height, spread[0] if spread else None, data, enough)


def _check_size(image: Image.Image, data: bytes, name: str) -> None:
    width, height = image.size
    megapixels = width * height / 1e6
    if width == 0 or height == 0:
        raise InputError(f"{name}: the picture is {width}×{height} pixels; there is nothing in it")
    jpeg = image.format in ("JPEG", "MPO")  # MPO: a JPEG with more than one picture
    progressive = jpeg and bool(image.info.get("progressive"))
    limit = JPEG_MEGAPIXELS if jpeg and not progressive else WEBP_MEGAPIXELS if image.format == "WEBP" else MEGAPIXELS
    if megapixels > limit:
        raise InputError(f"{name}: {megapixels:.0f} megapixels are too many; make the picture smaller than {limit}")
    if max(width, height) > SIDE:
        raise InputError(f"{name}: the picture is {width}×{height} pixels; give one of at most {SIDE:,} a side")
    tiles = getattr(image, "tile", [])
    if tiles and tiles[0][0] in SLOW_DECODERS and len(data) > SLOW_BYTES:
        raise InputError(f"{name}: over {SLOW_BYTES >> 20} MB of this kind of {image.format}; save the picture as PNG")
    # FF DA starts a scan and cannot occur inside one.
    if progressive and data.count(b"\xff\xda") * megapixels > SCAN_MEGAPIXELS:
        raise InputError(f"{name}: the JPEG has too many scans for its size; save the picture again")


def _in_bytes(image: Image.Image, data: bytes, longest: int) -> list[Image.Image]:
    """In mode L, RGB or RGBA, at most `longest` a side; of deep pixels also as they are over their own range."""
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        most = int(values.max()) if values.size else 0
        own = (1 << max(8, most.bit_length())) - 1  # 12-bit scanners and cameras leave the upper bits empty
        tables = [_table(_declared(image), 65535), _table(own, 65535)]
        greys = [Image.fromarray(table[values]) for table in tables]
        key = image.info.get("transparency")
        if isinstance(key, int):
            opaque = Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8))
            greys = [Image.merge("LA", (grey, opaque)).convert("RGBA") for grey in greys]
        return [_reduced(grey, longest) for grey in greys]
    if image.mode in ("I", "F"):
        numbers = np.nan_to_num(np.asarray(_reduced(image, longest), np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        declared = 65535 if image.format == "PPM" else next((r for r in _RANGES if numbers.max() <= r), numbers.max())
        ranges = [(0.0, float(declared)), (float(numbers.min()), float(numbers.max()))]
        return [Image.fromarray(_scaled(numbers, low, high)) for low, high in ranges]
    if image.mode in ("1", "L", "RGB") and isinstance(image.info.get("transparency"), int | tuple):
        return [_reduced(_without_key(image, data), longest)]
    if image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGBA" if _has_alpha(image) else "L" if image.mode == "1" else "RGB")
    return [_reduced(image, longest)]


def _reduced(image: Image.Image, longest: int) -> Image.Image:
    """`image` with its longest side at most `longest`; area averages, so thin strokes fade and do not vanish."""
    factor = max(image.size) // longest
    if factor > 1:
        image = image.reduce((min(factor, image.size[0]), min(factor, image.size[1])))
    if max(image.size) > longest:
        scale = longest / max(image.size)
        size = (max(1, round(image.size[0] * scale)), max(1, round(image.size[1] * scale)))
        image = image.resize(size, Image.Resampling.BOX)
    return image


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info


def _without_key(image: Image.Image, data: bytes) -> Image.Image:
    """`image`, in grey or colour, with pixels of the one colour that the file calls transparent made so: RGBA.

    PNG names the colour as its samples were stored, with 1 to 16 bits; in Pillow's pixels they are bytes.
    """
    depth = data[24] if image.format == "PNG" else 8
    key = image.info["transparency"]
    plain = image.convert("L") if image.mode == "1" else image
    bands = plain.split()
    opaque = np.zeros(plain.size[::-1], bool)
    for band, value in zip(bands, key if isinstance(key, tuple) else [key] * len(bands), strict=False):
        opaque |= np.asarray(band) != (value >> 8 if depth == 16 else value * 255 // ((1 << depth) - 1))
    alpha = Image.fromarray(opaque.astype(np.uint8) * 255)
    return Image.merge("RGBA", (*(bands if len(bands) == 3 else bands * 3), alpha))


def _declared(image: Image.Image) -> int:
    """The greatest value that pixels of 16 bits can have, as the file says."""
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    most, bits = _first(tags.get(MAX_SAMPLE_VALUE)), _first(tags.get(BITS_PER_SAMPLE))
    if 255 <= most <= 65535:
        return most
    return (1 << bits) - 1 if 8 <= bits <= 16 else 65535


def _first(tag: object) -> int:
    value = tag[0] if isinstance(tag, tuple) and tag else tag
    return value if isinstance(value, int) else 0


def _table(most: int, last: int) -> Pixels:
    """For each number from 0 to `last`, the byte that it becomes where `most` is white."""
    return _scaled(np.arange(last + 1, dtype=np.float64), 0.0, float(most))


def _scaled(values: npt.NDArray[np.float64], low: float, high: float) -> Pixels:
    return np.rint((values - low).clip(0, None) * (255.0 / max(high - low, 1e-300))).clip(0, 255).astype(np.uint8)


def _over_background(image: Image.Image) -> Pixels:
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        return np.ascontiguousarray(pixels[:, :, None])
    if pixels.shape[2] == 4:
        pixels = _flattened(pixels)
    # Some pixels tell of most pictures that they are not grey.
    grey = _is_grey(pixels[::16, ::16]) and _is_grey(pixels)
    return np.ascontiguousarray(pixels[:, :, :1] if grey else pixels)


def _is_grey(pixels: Pixels) -> bool:
    first = pixels[:, :, :1]
    return np.array_equal(first, pixels[:, :, 1:2]) and np.array_equal(first, pixels[:, :, 2:])


def _flattened(rgba: Pixels) -> Pixels:
    """Red, green and blue over white; over black where all that can be seen is light (white ink on nothing)."""
    colour, alpha = rgba[:, :, :3], rgba[:, :, 3:]
    visible = alpha[:, :, 0] > 127
    light_ink = not visible.all() and visible.any() and float(colour[visible].mean()) > 200
    background = 0 if light_ink else 255
    weight = alpha.astype(np.float32) / 255.0
    return np.asarray(np.rint(colour * weight + background * (1.0 - weight)), np.uint8)
