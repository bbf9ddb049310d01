"""What a file is that was given as a model and is none, told from its first bytes: nothing of it is run."""

import os
from pathlib import Path

from fivebyfive.files import open_plain

FIRST = 512
DIRECTORY = 1 << 20
"""Bytes at the end of a zip archive that are searched for names; all of them may be more than fits in memory."""
CONVERT = (
    "which is never opened here, for it can run code; save the weights alone where you trust it: "
    'torch.save(network.state_dict(), "x.pth"), then --network FILE.py:NAME --model x.pth'
)
MAGIC = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes; a Keras model is explained by: 5x5 explain FILE.h5"),
    (b"GGUF", "a GGUF file of a language model; weights of PyTorch, as safetensors, can be used"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG), which holds no weights; pictures go before all options, or after --data"),
    (b"\xff\xd8\xff", "a picture (JPEG), which holds no weights; pictures go before all options, or after --data"),
    (b"\x1f\x8b", "a compressed file (gzip); unpack it first"),
    (b"\x93NUMPY", "a NumPy array; a model has several tensors with names: save it as safetensors"),
    (b"\x7fELF", "a program; give a run folder or a .safetensors file"),
    (b"%PDF", "a PDF; give a run folder or a .safetensors file"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself; fetch it with: git lfs pull"),
)
IN_ARCHIVE = (
    (b"model.weights.h5", "a model of Keras, a network with its weights; explain it: 5x5 explain FILE.keras"),
    (b"archive_format", "a program of torch.export, a network with its weights; explain it: 5x5 explain FILE.pt2"),
    (b"serialized_exported_program.json", "a program of torch.export; give the network's own code and weights"),
    (b"constants.pkl", f"a TorchScript program, {CONVERT}"),
    (b"data.pkl", f"a file of torch.save, a pickle in a zip archive, {CONVERT}"),
    (b".npy", "NumPy's arrays (.npz); --data takes them as images, and a model is saved as safetensors"),
)
TFLITE = "a TensorFlow Lite model; weights of PyTorch, as safetensors, can be used"
ONNX = (
    "an ONNX model, a network with its weights; 5x5 explain FILE.onnx explains it, and 5x5 predict can use it if 5x5 "
    "export wrote it"
)
PAGE = "a page of the web, not the file; download it again (from a link to the raw file)"


def as_none(path: Path) -> str | None:
    """What the file at `path` is, and what to do, to go on after "PATH is"; None where it is not recognized.

    Raises:
        OSError: it cannot be read.
    """
    with open_plain(path) as file:
        first = file.read(FIRST)
    if not first:
        return "empty; make it again, or copy it again"
    for magic, what in MAGIC:
        if first.startswith(magic):
            return what
    if first.startswith(b"PK\x03\x04"):
        return _archive(path)
    if first[:1] == b"\x80" and first[1:2] in b"\x02\x03\x04\x05" and first[1:2]:
        return f"a pickle, as old versions of torch.save write, {CONVERT}"
    if first[4:8] == b"TFL3":
        return TFLITE
    if path.suffix.lower() == ".onnx" or (first[:1] == b"\x08" and b"pytorch" in first[:32]):
        return _text(first, path) or ONNX
    return _text(first, path)


def _archive(path: Path) -> str:
    """What is in a zip archive, by the names in it alone: those of its directory, which is at its end."""
    with open_plain(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - DIRECTORY))
        names = file.read()
    for name, what in IN_ARCHIVE:
        if name in names:
            return what
    return "a zip archive; unpack it, and give the run folder or the .safetensors file in it"


def _text(first: bytes, path: Path) -> str | None:
    if b"\0" in first:
        return None
    start = first.lstrip()[:100].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return PAGE
    try:
        first.decode("utf-8", errors="strict" if len(first) < FIRST else "ignore")
    except UnicodeDecodeError:
        return None
    if path.suffix == ".py":
        return "Python code; name it so: --network FILE.py:NAME"
    return "a text; give a run folder or a .safetensors file"
