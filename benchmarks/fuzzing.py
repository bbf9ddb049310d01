"""The targets of `fuzz.py`, which runs it with atheris: python fuzzing.py PACKAGES TARGET FOLDER libFuzzer…

PACKAGES is where the project's own packages are, FOLDER a place for files. Which functions are fuzzed stands in the
imports of each target alone.
"""

import contextlib
import dataclasses
import gzip
import io
import json
import resource
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

sys.path.append(sys.argv[1])
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
with atheris.instrument_imports(include=["fivebyfive"]):
    import fivebyfive.datasets.idx
    import fivebyfive.datasets.table  # noqa: F401 (instrumented here; `load` imports them where it needs them)
    from fivebyfive import datasets
    from fivebyfive.errors import Failure, InputError

import numpy as np

TARGET, FOLDER = sys.argv[2], Path(sys.argv[3])
MOST_DATA = 4 << 30
"""So that a finding of memory ends in an exception before the machine has none left."""
LONGEST = 4096
"""Longer seeds are tried, but not changed: that would take the time of the others."""
One = Callable[[bytes], object]
Target = tuple[One, list[bytes]]
"""What is called with any bytes, and the seeds."""

IMAGES = np.arange(12 * 4, dtype=np.uint8).reshape(12, 2, 2) * 5
LABELS = np.arange(12) % 3


def network() -> Target:
    with atheris.instrument_imports(include=["fivebyfive"]):
        from fivebyfive.networks.spec import parse

    def one(data: bytes) -> None:
        parse(data.decode(errors="surrogateescape"))

    good = [b"mynet.py:Net", b"a/b.py:Net(32, depth=4)", b"x.py:N((1, -2.5), {'a': [None, True]}, b'c')", b"conv_net"]
    deep = [b"a.py:" + b"-" * 100_000 + b"1", b"a.py:N(" + b"1+" * 50_000 + b"1)", b"a.py:N(" + b"f." * 50_000 + b"x)"]
    return one, [*good, *deep]


def one_file_of(good: dict[str, bytes], read: Callable[[], object]) -> Target:
    """`read` after one of the files `good` in the folder, by the first byte, was made any bytes."""
    names = list(good)
    for name, content in good.items():
        (FOLDER / name).write_bytes(content)

    def one(data: bytes) -> None:
        name = names[data[0] % len(names)] if data else names[0]
        (FOLDER / name).write_bytes(data[1:])
        try:
            read()
        finally:
            (FOLDER / name).write_bytes(good[name])

    return one, [bytes([n]) + content for n, content in enumerate(good.values())]


def idx() -> Target:
    def idx_of(values: Any) -> bytes:
        header = struct.pack(f">{1 + values.ndim}I", 2048 + values.ndim, *values.shape)
        return header + bytes(values.astype(np.uint8).tobytes())

    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    good = {name: idx_of(IMAGES if "images" in name else LABELS) for name in names}
    one, plain = one_file_of(good, lambda: datasets.load(FOLDER))
    return one, [*plain, *(seed[:1] + gzip.compress(seed[1:], mtime=0) for seed in plain)]


def csv() -> Target:
    rows = [",".join(map(str, [label, *image.ravel()])) for image, label in zip(IMAGES, LABELS, strict=True)]
    text = "\n".join(rows)
    seeds = [
        text,
        f"label,a,b,c,d\n{text}",
        f'"a","b","c","d","label"\r\n{text}',
        text.replace(",5", ",0.5"),
        text.replace("5", '"5"'),
    ]
    return _file("data.csv"), [seed.encode() for seed in seeds]


def npz() -> Target:
    load = _file("data.npz")

    def saved(**arrays: Any) -> bytes:
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)
        return stream.getvalue()

    def npy(array: Any) -> bytes:
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array)
        return stream.getvalue()

    def one(data: bytes) -> object:
        """A whole file, or one array in a zip that is right."""
        if not data or data[0] % 3 == 0:
            return load(data[1:])
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("images.npy", data[1:] if data[0] % 3 == 1 else npy(IMAGES))
            archive.writestr("labels.npy", data[1:] if data[0] % 3 == 2 else npy(LABELS))
        return load(stream.getvalue())

    names = np.array(["cat", "dog", "eel"])[LABELS]
    parts = saved(x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    whole = [b"\0" + content for content in (saved(images=IMAGES, labels=names), parts)]
    images = [b"\1" + npy(array) for array in (IMAGES, IMAGES / 255, np.asfortranarray(IMAGES), IMAGES > 9)]
    return one, [*whole, *images, *(b"\2" + npy(array) for array in (LABELS, names, LABELS.astype(">f4")[:, None]))]


def run() -> Target:
    """A run's folder, one of whose three files is any bytes."""
    with atheris.instrument_imports(include=["fivebyfive"]):
        from fivebyfive.progress import Progress
        from fivebyfive.training import checkpoint, folder, plans, recipe
    import torch
    from safetensors.torch import load, save
    from torch import nn

    torch.set_num_threads(1)
    network = nn.Linear(2, 3)
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    checkpoint.save(FOLDER / folder.CHECKPOINT, 7, 1.5, network, optimizer)
    plan = plans.Plan("perceptron", recipe.get("classic"), 1, "mnist", "0" * 64, ("a", "b"), (2, 2, 1), {"torch": "2"})
    progress = {f.name: 1 for f in dataclasses.fields(Progress)}
    good = {
        folder.RUN: json.dumps({"state": "training", **plan.as_json()}).encode(),
        folder.METRICS: (json.dumps(progress) + "\n").encode() * 2,
        f"{folder.CHECKPOINT}/{checkpoint.NAME}": (FOLDER / folder.CHECKPOINT / checkpoint.NAME).read_bytes(),
    }
    state = load(list(good.values())[2])
    changed = [{}, {"random": state["random"].float()}, {"optimizer.0.exp_avg": torch.zeros(9)}]
    states = [b"\2" + save({**state, **change}, {"step": "7", "seconds": "1.5"}) for change in changed]
    states.append(b"\2" + save(state))

    def read() -> None:
        folder.read(FOLDER)
        folder.history(FOLDER)
        checkpoint.restore(FOLDER / folder.CHECKPOINT, network, optimizer, steps=1000)
        optimizer.step()  # what was restored can be gone on with

    one, whole = one_file_of(good, read)
    return one, [*whole, b"\1\xff\n", *states]


def model() -> Target:
    """A model file: any bytes, or any facts in a file that is right."""
    with atheris.instrument_imports(include=["fivebyfive"]):
        import fivebyfive.networks.ensemble
        import fivebyfive.networks.quick  # noqa: F401 (as above)
        from fivebyfive.model import load
    import torch
    from safetensors.torch import save

    torch.set_num_threads(1)
    path = FOLDER / "model.safetensors"

    def one(data: bytes) -> None:
        facts = data[1:].decode(errors="replace")
        whole = not data or data[0] % 2 == 0
        path.write_bytes(data[1:] if whole else save({"weight": torch.zeros(1)}, {"fivebyfive": facts}))
        load(path)

    facts = [
        {"network": "quick", "classes": ["a", "b"], "shape": [28, 28, 1], "recipe": "quick", "seed": 1},
        {"network": "best", "classes": ["a", "b"], "shape": [16, 12, 3]},
        {"network": "mine.py:Net(3)", "classes": ["a", "b", "c"], "shape": [8, 8, 3]},
        {"network": f"{'n' * 300}.py:Net", "classes": ["a", "b"], "shape": [8, 8, 3]},
        {"network": "quick", "classes": ["a", "b"], "shape": [4096, 4096, 4096]},
        {"network": "quick", "classes": ["a"] * 100_000, "shape": [28, 28, 1]},
    ]
    texts = [json.dumps(fact) for fact in facts]
    files = [b"\0" + save({"weight": torch.zeros(2)}, {"fivebyfive": text}) for text in texts]
    return one, [*files, *(b"\1" + text.encode() for text in texts)]


def envelope() -> Target:
    with atheris.instrument_imports(include=["fivebyfive"]):
        from fivebyfive.views.page.envelope import Part, pack, unpack
    numbers: dict[str, Any] = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": IMAGES}
    return unpack, [pack(Part({"name": "ä", "steps": [1, None]}, numbers)), pack()]


def _file(name: str) -> One:
    """Loads a data set that is a file of that name."""

    def one(data: bytes) -> None:
        (FOLDER / name).write_bytes(data)
        datasets.load(FOLDER / name)

    return one


def main() -> None:
    """Fuzz one target for as long as libFuzzer's arguments say."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    makers = {maker.__name__: maker for maker in (network, idx, csv, npz, run, model, envelope)}
    call, seeds = makers[TARGET]()
    for n, seed in enumerate(seed for seed in seeds if len(seed) <= LONGEST):
        (FOLDER / "corpus" / f"seed-{n}").write_bytes(seed)

    def law(data: bytes) -> None:
        (FOLDER / "last").write_bytes(data)  # for a process that is killed writes nothing
        with contextlib.suppress(InputError, Failure):
            call(data)

    for seed in seeds:
        law(seed)
    atheris.Setup([sys.argv[0], *sys.argv[4:]], law)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
