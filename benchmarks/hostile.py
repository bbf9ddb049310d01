"""A thousand damaged, hostile and odd picture files through `5x5 predict`'s reader: time and memory of each.

Files are damaged from good ones of every format (cut off, bytes changed, wrong endings, glued together), or made to
harm (headers that claim anything, compression and scan bombs), or merely odd (one pixel, CMYK, films, 48 megapixels).
Each is read in a process whose memory is watched.

    python benchmarks/hostile.py            # 1,000 files
    python benchmarks/hostile.py --files 100
"""

import argparse
import io
import json
import multiprocessing
import resource
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
SECONDS, MEGABYTES = 5.0, 1024
"""The longest that a file may take, of processor time, and the most memory that the process may ever hold."""

Rng = np.random.Generator


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def good(rng: Rng) -> tuple[bytes, str]:
    """A sound picture of a random size and format."""
    height, width = (int(n) for n in rng.integers(4, 400, 2))
    kind = str(rng.choice(FORMATS))
    pixels = np.clip(rng.normal(200, 30, (height, width, 3)), 0, 255).astype(np.uint8)
    return encoded(Image.fromarray(pixels), kind), kind


def changed(rng: Rng) -> bytes:
    data = bytearray(good(rng)[0])
    for _ in range(int(rng.integers(1, 40))):
        data[int(rng.integers(min(len(data), 10 ** int(rng.integers(1, 6)))))] = int(rng.integers(256))
    return bytes(data)


def cut_off(rng: Rng) -> bytes:
    data = good(rng)[0]
    return data[: int(rng.integers(len(data)))]


def glued(rng: Rng) -> bytes:
    first, second = good(rng)[0], good(rng)[0]
    return first[: len(first) // 2] + second[len(second) // 2 :]


def junk(rng: Rng) -> bytes:
    return rng.bytes(int(rng.integers(0, 5000)))


def odd(rng: Rng) -> bytes:
    """Sound, but rarely seen."""
    size = (int(rng.integers(1, 300)), int(rng.integers(1, 300)))
    makers: list[Callable[[], bytes]] = [
        lambda: encoded(Image.new("L", (1, 1), 128), "PNG"),
        lambda: encoded(Image.new("L", (8000, 1), 128), "PNG"),
        lambda: encoded(Image.new("CMYK", size, (10, 200, 30, 40)), "JPEG"),
        lambda: encoded(Image.new("1", size, 1), "TIFF"),
        lambda: encoded(Image.new("LA", size, (200, 90)), "PNG"),
        lambda: encoded(Image.new("I;16", size, 40_000), "PNG"),
        lambda: encoded(Image.new("F", size, float("nan")), "TIFF"),
        lambda: encoded(Image.new("P", size, 3), "GIF"),
        lambda: encoded(Image.new("RGBA", size, (255, 255, 255, 0)), "WEBP"),
        lambda: encoded(Image.new("L", size, 7), "GIF", save_all=True, append_images=[Image.new("L", size, 99)] * 20),
    ]
    return makers[int(rng.integers(len(makers)))]()


def png(width: int, height: int, data: bytes, depth: int = 8, colour: int = 2) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def claims(rng: Rng) -> bytes:
    """A header that claims any size, over nothing."""
    width, height = (int(10 ** rng.uniform(0, 9)) for _ in range(2))
    return png(width, height, zlib.compress(bytes(1000)))


HEAVY: dict[str, Callable[[], bytes]] = {
    "PNG bomb, 400 megapixels": lambda: png(20_000, 20_000, zlib.compress(bytes(60_001 * 2_000))),
    "PNG, 63 megapixels of RGBA": lambda: encoded(Image.new("RGBA", (9000, 7000), (9, 9, 9, 9)), "PNG"),
    "PNG, 63 megapixels of 16 bits": lambda: encoded(Image.new("I;16", (9000, 7000), 999), "PNG"),
    "GIF, 60 megapixels": lambda: encoded(Image.new("P", (10_000, 6000)), "GIF"),
    "TIFF, 60 megapixels of 1 bit": lambda: encoded(Image.new("1", (10_000, 6000)), "TIFF", compression="group4"),
    "TIFF, 60 megapixels of floats": lambda: encoded(Image.new("F", (10_000, 6000)), "TIFF"),
    "BMP, 60 megapixels": lambda: encoded(Image.new("L", (10_000, 6000)), "BMP"),
    "WebP, 60 megapixels": lambda: encoded(Image.new("RGB", (10_000, 6000)), "WEBP", method=0, quality=1),
    "JPEG, 48 megapixels": lambda: encoded(Image.effect_noise((8000, 6000), 60).convert("RGB"), "JPEG"),
    "JPEG, 48 megapixels, progressive": lambda: encoded(
        Image.effect_noise((8000, 6000), 60).convert("RGB"), "JPEG", progressive=True
    ),
    "JPEG, 100 megapixels": lambda: encoded(Image.new("RGB", (10_000, 10_000), (200, 200, 200)), "JPEG"),
    "JPEG, 100 megapixels, progressive": lambda: encoded(Image.new("L", (10_000, 10_000)), "JPEG", progressive=True),
}


def files(count: int) -> list[tuple[str, bytes]]:
    """`count` files, always the same: the heavy ones and equal shares of the others."""
    makers = {"changed": changed, "cut off": cut_off, "glued": glued, "junk": junk, "odd": odd, "claims": claims}
    made = [(name, make()) for name, make in HEAVY.items()]
    for i in range(max(0, count - len(made))):
        name = list(makers)[i % len(makers)]
        made.append((name, makers[name](np.random.default_rng(i))))
    return made


def reader(calls: Connection) -> None:
    """Prepare each file that comes; answer with the seconds, what came of it, and the most memory held so far."""
    import cv2

    from fivebyfive.datasets.picture import decode
    from fivebyfive.datasets.preparation import prepare
    from fivebyfive.errors import InputError

    cv2.setNumThreads(1)
    while (data := calls.recv()) is not None:
        started = time.process_time()
        try:
            found = f"{len(prepare(decode(data), 'digits', (28, 28, 1)).rows)} shapes"
        except InputError as error:
            found = f"error: {error}"
        seconds = time.process_time() - started
        calls.send((seconds, found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main() -> None:
    """Read all files; exit 1 if one crashed the reader, took too long or too much memory, or had no clear line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=1000)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=reader, args=(there,), daemon=True)
    process.start()
    failures: list[str] = []
    outcomes: Counter[str] = Counter()
    slowest, heaviest = ("", 0.0), ("", 0.0)
    for name, data in files(parser.parse_args().files):
        here.send(data)
        if not here.poll(60) or not process.is_alive():
            failures.append(f"{name}: the reader crashed or hung")
            break
        seconds, found, megabytes = here.recv()
        if seconds > SECONDS or megabytes > MEGABYTES or "\n" in found:
            failures.append(f"{name}: {seconds:.1f} s, {megabytes:.0f} MB, {found}")
        outcomes["refused" if found.startswith("error") else "read"] += 1
        slowest = max(slowest, (name, seconds), key=lambda pair: pair[1])
        heaviest = max(heaviest, (name, megabytes), key=lambda pair: pair[1])
    here.send(None)
    result = {"files": sum(outcomes.values()), **outcomes, "slowest": slowest, "most memory, MB": heaviest}
    json.dump(result | {"failures": failures}, sys.stdout, indent=2)
    print()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
