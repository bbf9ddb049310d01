"""A thousand damaged, hostile, odd and crowded picture files through `5x5 predict`: time and memory of each.

Files are damaged from good ones of every format (cut off, bytes changed, wrong endings, glued together), or made to
harm (headers that claim anything, compression and scan bombs), or merely odd (one pixel, CMYK, films, 48 megapixels).
Each is read in a process whose memory is watched. Pictures that hold more than anyone writes (`crowded.py`) are each
read by a `5x5 predict` of their own, and listed.

    python benchmarks/hostile.py            # 1,000 files
    python benchmarks/hostile.py --files 100 # and the crowded ones
"""

import argparse
import io
import json
import multiprocessing
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import Image

import crowded

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


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, data: bytes, depth: int = 8, colour: int = 2, before: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def with_chunks(*chunks: bytes) -> bytes:
    return png(28, 28, zlib.compress(bytes(28 * 85)), before=b"".join(chunks))


def tiff_of_directories(count: int) -> bytes:
    """A directory after each other, all of one pixel, and no picture in any."""
    entry = struct.pack("<HHHII", 1, 256, 3, 1, 1)
    return b"II*\0\x08\0\0\0" + b"".join(entry + struct.pack("<I", 26 + 18 * i) for i in range(count))


def tiff_of_large_tags() -> bytes:
    """Tags that claim to hold four thousand million numbers."""
    tags = [(256, 4, 1, 28), (257, 4, 1, 28), (258, 4, 2**32 - 1, 8), (273, 4, 2**32 - 1, 8), (279, 4, 2**32 - 1, 8)]
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *t) for t in tags) + bytes(9)
    )


def gif_of_frames(count: int) -> bytes:
    frames = [Image.new("P", (28, 28), i) for i in range(2)]
    film = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50, optimize=False)
    second = film.rindex(b"!\xf9\x04")
    return film[:second] + film[second:-1] * count + b";"


def bmp_of_runs(runs: bytes, width: int, height: int) -> bytes:
    body = bytes(1024) + runs + b"\0\1"
    about = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs) + 2, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(body), 0, 0, 54 + 1024) + about + body


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
    "PNG, 100 texts of 100 MB": lambda: with_chunks(*[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))] * 100),
    "PNG, 60,000 texts": lambda: with_chunks(*[chunk(b"tEXt", b"a\0" + bytes(900))] * 60_000),
    "PNG, a profile of 400 MB": lambda: with_chunks(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(4 * 10**8)))),
    "TIFF of 200,000 directories": lambda: tiff_of_directories(200_000),
    "TIFF of large tags": tiff_of_large_tags,
    "GIF of 100,000 frames": lambda: gif_of_frames(100_000),
    "WebP of 500 frames": lambda: encoded(
        Image.new("RGB", (900, 900)),
        "WEBP",
        save_all=True,
        append_images=[Image.new("RGB", (900, 900), (i % 256, i // 2, 9)) for i in range(499)],
        method=0,
    ),
    "BMP, 4 MB of runs": lambda: bmp_of_runs(b"\x01\x05" * 2_090_000, 4000, 500),
    "BMP, 40 MB of runs": lambda: bmp_of_runs(b"\x01\x05" * 20_000_000, 5000, 4000),
    "BMP, ends of lines": lambda: bmp_of_runs(bytes(4_000_000), 8000, 7000),
    "PPM, a header alone": lambda: b"P6 8000 7000 255\n",
    "PPM, 4 MB up to 254": lambda: b"P5 2000 2000 254\n" + bytes(4_000_000),
    "PPM, 60 MB up to 254": lambda: b"P5 8000 7500 254\n" + bytes(60_000_000),
    "PPM, 100 MB of letters": lambda: b"P2 7000 7000 255\n" + b"1 " * 49_000_000,
    "PPM, deep, 40 megapixels": lambda: b"P5 8000 5000 65535\n" + bytes(80_000_000),
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

    from fivebyfive.errors import InputError
    from fivebyfive.pictures.decoding import decode
    from fivebyfive.pictures.prepare import prepare

    cv2.setNumThreads(1)
    while (data := calls.recv()) is not None:
        started = time.process_time()
        try:
            found = f"{len(prepare(decode(data), 'digits', (28, 28, 1)).boxes)} shapes"
        except InputError as error:
            found = f"error: {error}"
        seconds = time.process_time() - started
        calls.send((seconds, found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


@dataclass(frozen=True)
class Row:
    """A crowded picture: the file's bytes, processor seconds and megabytes of reading it, and what was said."""

    name: str
    size: int
    seconds: float
    megabytes: float
    said: str

    @property
    def failed(self) -> bool:
        return self.seconds > SECONDS or self.megabytes > MEGABYTES or self.said.startswith("crashed")


def crowds() -> Iterator[Row]:
    """Read each crowded picture in a process of its own; it is made in another, for its memory not to count."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as maker,
    ):
        for name in crowded.PICTURES:
            path = Path(folder) / "picture"
            yield read_alone(name, maker.submit(crowded.write, name, path).result(), path)


def read_alone(name: str, size: int, path: Path) -> Row:
    """`5x5 predict` of one file, with what it used; stopped long after it has failed."""
    command = [sys.executable, "-m", "fivebyfive", "predict", str(path), "--json"]
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # noqa: E731
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, preexec_fn=limit)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode()
    return Row(name, size, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, in_words(said, process.returncode))


def in_words(said: str, code: int) -> str:
    try:
        (about,) = json.loads(said)
    except ValueError:
        return f"crashed ({code}): {said.strip()[-80:]}"
    count = len(about.get("digits", []))
    return str(about.get("error") or about.get("note") or (f"{count:,} digits" if count else "no digit found"))


def show_crowds() -> list[str]:
    """Print them as a table; the lines of those that failed."""
    failures = []
    print("| picture | bytes | processor seconds | peak memory | said |\n|---|---:|---:|---:|---|")
    for row in crowds():
        line = f"| {row.name} | {row.size:,} | {row.seconds:.2f} | {row.megabytes:.0f} MB | {row.said} |"
        print(line, flush=True)
        failures += [line] if row.failed else []
    return failures


def main() -> None:
    """Read all files; exit 1 if one crashed the reader, took too long or too much memory, or had no clear line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=1000)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=reader, args=(there,), daemon=True)
    process.start()
    failures = show_crowds()  # first: a large process hands its memory's size down to those that it starts
    outcomes: Counter[str] = Counter()
    slowest, heaviest = ("", 0.0), ("", 0.0)
    for name, data in files(parser.parse_args().files):
        here.send(data)
        if not here.poll(60) or not process.is_alive():
            failures.append(f"{name}: the reader crashed or hung")
            break
        seconds, found, megabytes = here.recv()
        if seconds > SECONDS or megabytes > max(MEGABYTES, heaviest[1]) or "\n" in found:
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
