"""The zip archive of an exported program: JSON and plain bytes, none of which is unpickled.

PyTorch stores what is in it as it is, so that no entry can claim to be larger than the file.
"""

import io
import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.files import open_plain

MOST_JSON = 256 << 20
"""Bytes of the program, or of what its weights are called."""
DTYPES = {
    1: torch.uint8, 2: torch.int8, 3: torch.int16, 4: torch.int32, 5: torch.int64, 6: torch.float16, 7: torch.float32,
    8: torch.float64, 9: torch.complex32, 10: torch.complex64, 11: torch.complex128, 12: torch.bool, 13: torch.bfloat16,
    28: torch.uint16, 29: torch.float8_e4m3fn, 30: torch.float8_e5m2, 34: torch.uint32, 35: torch.uint64,
}  # fmt: skip
"""PyTorch's types by the numbers that the format has for them (torch/_export/serde/schema.py, ScalarType)."""


class Archive:
    """An open archive.

    Attributes:
        name: of the file, for errors.
    """

    def __init__(self, file: zipfile.ZipFile, name: str) -> None:
        self._file, self.name = file, name
        roots = {entry.filename.partition("/")[0] for entry in file.infolist()}
        self._root = roots.pop() if len(roots) == 1 else ""
        self._entries = {entry.filename.removeprefix(f"{self._root}/"): entry for entry in file.infolist()}
        if "archive_format" not in self._entries:
            what = "was written by a PyTorch before 2.7" if "serialized_exported_program.json" in self._entries else (
                "is no exported program"
            )  # fmt: skip
            raise InputError(f"{name} {what}; write it with torch.export.save of PyTorch 2.8 or newer")

    def program(self) -> Mapping[str, Any]:
        """What the program does."""
        models = sorted(name for name in self._entries if name.startswith("models/") and name.endswith(".json"))
        if not models:
            raise InputError(f"{self.name} holds no program; write it with torch.export.save")
        self._model = models[0].removeprefix("models/").removesuffix(".json")
        found: Mapping[str, Any] = json.loads(self._bytes(models[0], MOST_JSON))
        return found

    def tensors(self, what: str) -> dict[str, Tensor]:
        """The weights or the constants by their names.

        Args:
            what: "weights" or "constants".
        """
        config = f"data/{what}/{self._model}_{what}_config.json"
        if config not in self._entries:
            return {}
        said = json.loads(self._bytes(config, MOST_JSON))["config"]
        return {name: self._tensor(f"data/{what}/{entry['path_name']}", entry) for name, entry in said.items()}

    def _tensor(self, path: str, entry: Mapping[str, Any]) -> Tensor:
        meta = entry["tensor_meta"]
        if entry["use_pickle"] or meta["layout"] != 7:
            raise InputError(f"{self.name} holds {path.rpartition('/')[2]} as a pickle, which is never opened here")
        sizes, strides = ([int(n["as_int"]) for n in meta[key]] for key in ("sizes", "strides"))
        data, dtype = self._bytes(path), DTYPES[meta["dtype"]]
        if not data or not math.prod(sizes):
            return torch.empty(sizes, dtype=dtype)
        memory = torch.frombuffer(bytearray(data), dtype=dtype)
        return memory.as_strided(sizes, strides, int(meta["storage_offset"]["as_int"])).clone()

    def _bytes(self, name: str, most: int | None = None) -> bytes:
        entry = self._entries[name]
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise InputError(f"{self.name} is compressed, as torch.export.save never does; write it again")
        if most is not None and entry.file_size > most:
            raise InputError(f"{self.name} has a program of {entry.file_size:,} bytes, more than {most >> 20} MB")
        return self._file.read(entry)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive at `path`.

    Raises:
        InputError: there is none, or it is none.
    """
    try:
        with open_plain(path) as file, zipfile.ZipFile(file) as inner:
            yield Archive(inner, str(path))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path") from None
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({str(error)[:200]}); it is damaged, or no exported program") from None


@contextmanager
def of_bytes(kept: io.BytesIO) -> Iterator[Archive]:
    """The archive that was just written into memory."""
    with zipfile.ZipFile(kept) as inner:
        yield Archive(inner, "the exported program")
