"""Mutations: a thousand files of data sets and models, each another than a good one, through the command that reads it.

Bytes are changed, zeroed, doubled, cut off or made extreme numbers, in data sets (.npz, CSV, IDX, tars of pictures), in
documents (TIFF, PDF, HEIC) and in models (safetensors, ONNX, a state dict, an exported program, a saved trace). A
finding is a crash, a traceback, an error that is no sentence of ours, or more than five seconds of processor time. Five
thousand pictures are `hostile.py --files 5000`.

    python benchmarks/mutations.py
    python benchmarks/mutations.py --files 100 --seed 3
"""

import argparse
import gzip
import io
import random
import struct
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn

import fivebyfive
import forked
from environments import PLACE
from fivebyfive import datasets
from fivebyfive.explain import Trace

Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
FINDINGS = PLACE / "findings"
NETWORK = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 10))

    def forward(self, x):
        return self.layers(x)
"""


@dataclass(frozen=True)
class Target:
    """A file that is good, where it lies, and what reads it."""

    path: Path
    good: bytes
    read: Callable[[], forked.Said]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    chance, found = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory(prefix="mutations-") as place:
        targets = made(Path(place))
        outcomes = {target.path.name: Counter[str]() for target in targets}
        for target in targets:
            said = target.read()
            if said.code:
                print(f"the good {target.path.name} is refused: {said.errors[-300:]}")
                return 1
        for n in range(options.files):
            target = targets[n % len(targets)]
            data = mutated(target.good, chance)
            target.path.write_bytes(data)
            said = target.read()
            outcomes[target.path.name]["worked" if said.code == 0 else "said why not"] += 1
            if said.fault:
                found += 1
                kept = forked.kept(FINDINGS, f"mutation-{n}-{target.path.name}", data)
                print(f"FOUND {kept}: {said.fault}", flush=True)
            target.path.write_bytes(target.good)
            if n % 100 == 99:
                print(f"{n + 1:,} files so far, {found} findings", file=sys.stderr, flush=True)
    for name, counts in outcomes.items():
        print(f"{name}: {', '.join(f'{count:,} {word}' for word, count in sorted(counts.items()))}")
    print(f"{options.files:,} files, {found} findings")
    return 1 if found else 0


def mutated(good: bytes, chance: random.Random) -> bytes:
    """Another file than a good one, in one of five ways."""
    data = bytearray(good)
    near = chance.choice((len(data), min(len(data), 4096), min(len(data), 256)))  # where heads and sizes stand
    match chance.randrange(5):
        case 0:
            for _ in range(chance.randrange(1, 40)):
                data[chance.randrange(near)] = chance.randrange(256)
        case 1:
            del data[chance.randrange(len(data)) :]
        case 2:
            at, length = chance.randrange(near), chance.randrange(1, 64)
            data[at : at + length] = bytes(len(data[at : at + length]))
        case 3:
            at, length = chance.randrange(near), chance.randrange(1, 512)
            data[at:at] = data[at : at + length]
        case _:
            at, width = chance.randrange(near), chance.choice((2, 4, 8))
            number = chance.choice((0, 1, (1 << 8 * width - 1) - 1, 1 << 8 * width - 1, (1 << 8 * width) - 1))
            data[at : at + width] = number.to_bytes(width, chance.choice(("little", "big")))
    return bytes(data)


def made(place: Path) -> list[Target]:
    """The good files, and what reads each."""
    whole = datasets.load("mnist")
    pixels, labels = whole.test.pixels[:40], whole.test.labels[:40]
    digit = place / "digit.png"
    Image.fromarray(pixels[0, ..., 0]).save(digit)
    return [*data_sets(place, pixels, labels), *documents(place, pixels), *models(place, digit)]


def data_sets(place: Path, pixels: Pixels, labels: Labels) -> list[Target]:
    """Forty digits, in each form."""
    (place / "idx").mkdir()
    rows = [",".join(map(str, [label, *image.ravel()])) for image, label in zip(pixels, labels, strict=True)]
    stream = io.BytesIO()
    np.savez_compressed(stream, images=pixels, labels=labels)
    header = struct.pack(">4I", 2051, *pixels.shape[:3])
    for part in ("train", "t10k"):
        (place / "idx" / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 2049, 40) + labels.astype("u1").tobytes()
        )
        (place / "idx" / f"{part}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
    return [
        read_as_data(place / "data.npz", stream.getvalue()),
        read_as_data(place / "data.csv", "\n".join(rows).encode()),
        read_as_data(place / "idx" / "t10k-images-idx3-ubyte", header + pixels.tobytes(), place / "idx"),
        read_as_data(
            place / "idx" / "train-images-idx3-ubyte.gz", gzip.compress(header + pixels.tobytes()), place / "idx"
        ),
        read_as_data(place / "shards.tar", tarred(pixels, labels)),
    ]


def read_as_data(path: Path, good: bytes, named: Path | None = None) -> Target:
    """What `evaluate` says of the shipped model on it."""
    path.write_bytes(good)
    for twin in path.parent.glob(f"{path.stem}*"):  # of the compressed file the plain one
        if twin != path and path.suffix == ".gz":
            twin.unlink()
    return Target(path, good, lambda: forked.call("evaluate", "quick", "--data", str(named or path), "--no-cache"))


def tarred(pixels: Pixels, labels: Labels) -> bytes:
    """The digits as WebDataset has them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for n, (image, label) in enumerate(zip(pixels, labels, strict=True)):
            for name, data in ((f"{n:04}.png", encoded(image, "PNG")), (f"{n:04}.cls", str(label).encode())):
                about = tarfile.TarInfo(name)
                about.size = len(data)
                tar.addfile(about, io.BytesIO(data))
    return stream.getvalue()


def encoded(image: Pixels, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(255 - image[..., 0]).resize((112, 112)).save(stream, kind)
    return stream.getvalue()


def documents(place: Path, pixels: Pixels) -> list[Target]:
    """A page with a digit on it, in each form."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    pillow_heif.register_avif_opener() if hasattr(pillow_heif, "register_avif_opener") else None
    found = []
    for kind, ending in (("TIFF", "tiff"), ("PDF", "pdf"), ("HEIF", "heic")):
        path, good = place / f"digit.{ending}", encoded(pixels[0], kind)
        path.write_bytes(good)
        found.append(Target(path, good, partial(forked.call, "predict", str(path))))
    return found


def models(place: Path, digit: Path) -> list[Target]:
    """Small networks, in each form."""
    code = place / "net.py"
    code.write_text(NETWORK)
    namespace: dict[str, Any] = {"__name__": "net"}
    exec(compile(NETWORK, str(code), "exec"), namespace)
    network: nn.Module = namespace["Net"]().eval()
    example = (torch.zeros(1, 1, 28, 28),)
    torch.save(network.state_dict(), place / "net.pt")
    torch.export.save(torch.export.export(network, example), place / "net.pt2")
    torch.onnx.export(network, example, place / "net.onnx", external_data=False, verbose=False)
    forked.call("export", "quick", "--to", "safetensors", "--out", str(place / "quick.safetensors"))
    fivebyfive.explain(network, torch.rand(1, 1, 28, 28)).save(place / "net.trace")
    with_weights = ["explain", f"{code}:Net", str(digit), "--model", str(place / "net.pt")]
    calls = {
        "quick.safetensors": ["explain", "--model", str(place / "quick.safetensors"), str(digit)],
        "net.pt": with_weights,
        "net.pt2": ["explain", str(place / "net.pt2"), str(digit)],
        "net.onnx": ["explain", str(place / "net.onnx"), str(digit)],
    }
    found = [
        Target(place / name, (place / name).read_bytes(), partial(forked.call, *call)) for name, call in calls.items()
    ]
    trace = place / "net.trace"
    return [
        *found,
        Target(trace, trace.read_bytes(), lambda: forked.run(lambda: [str(step) for step in Trace.load(trace).steps])),
    ]


if __name__ == "__main__":
    sys.exit(main())
