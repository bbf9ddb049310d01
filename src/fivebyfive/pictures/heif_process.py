"""The process that decodes HEIC and AVIF for `heif.py`: a file after another, each with so much time."""

import contextlib
import io
import json
import warnings
from typing import Any

from PIL import AvifImagePlugin, Image, UnidentifiedImageError

from fivebyfive import guarding
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture, picture_in

DAMAGED = "the picture is damaged ({}); save or send it again"


def main() -> None:
    """Decode the files that requests bring, until there are no more, or one cannot be decoded."""
    source, answers = guarding.pipes()
    _register()
    warnings.simplefilter("ignore")
    with contextlib.suppress(BrokenPipeError):
        while line := source.readline():
            request = json.loads(line)
            data = source.read(request["size"])
            guarding.limit(request["memory"])
            guarding.allow(request["seconds"])
            try:
                found = _decoded(data, request)
            except InputError as error:
                guarding.answer(answers, {"error": str(error)})
                continue
            height, width = found.pixels.shape[:2]
            about = {"height": height, "width": width, "own_height": found.height, "own_width": found.width}
            guarding.answer(answers, about, found.pixels.tobytes())


def _register() -> None:
    """Let Pillow open HEIC too, where it can, and both decoders use one thread: each takes memory of its own."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    with contextlib.suppress(ImportError):
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener()


def _decoded(data: bytes, request: dict[str, Any]) -> Picture:
    name = request["name"]
    try:
        with Image.open(io.BytesIO(data), formats=("AVIF", "HEIF")) as image:
            return picture_in(image, data, name, request["longest"], request["longest"])
    except InputError:
        raise
    except MemoryError:
        wants = f"it wants more than {request['memory'] >> 30} GB of memory; save the picture as JPEG or PNG"
        raise InputError(f"{name}: {wants}") from None
    except UnidentifiedImageError:
        raise InputError(f"{name}: {DAMAGED.format('its parts do not fit together')}") from None
    except Exception as problem:  # decoders raise nearly anything on damaged files
        reason = " ".join(str(problem).split())[:120] or type(problem).__name__
        raise InputError(f"{name}: {DAMAGED.format(reason)}") from None
