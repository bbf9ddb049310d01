"""Damaged and hostile files of every kind: one line that names the file and, where it can, the place; or good data.

The laws hold for any bytes, any mutation of good files, and files of a random structure.
"""

import gzip
import io
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivebyfive import datasets
from fivebyfive.datasets.idx import TYPES
from fivebyfive.errors import InputError
from support import expect_sound

X = np.random.default_rng(0).integers(0, 256, (30, 4, 4), np.uint8)
Y = np.arange(30) % 3


def told(path: Path, file: Path) -> str:
    """The one line that loading `path` ends with, which names `file`; "" where it is sound data."""
    try:
        data = datasets.load(path)
    except InputError as error:
        line = str(error)
        assert str(file) in line
        assert line.isprintable()
        return line.replace(str(file), "FILE")
    expect_sound(data)
    return ""


def npz_told(content: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        path.write_bytes(content)
        return told(path, path)


def csv_told(content: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        path.write_bytes(content)
        return told(path, path)


def idx(values: "np.ndarray[Any, Any]") -> bytes:
    return struct.pack(f">{1 + values.ndim}I", 2048 + values.ndim, *values.shape) + values.astype(np.uint8).tobytes()


def idx_told(images: bytes | None = None, labels: bytes | None = None) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "train-images-idx3-ubyte").write_bytes(idx(X) if images is None else images)
        (folder / "train-labels-idx1-ubyte").write_bytes(idx(Y) if labels is None else labels)
        (folder / "t10k-images-idx3-ubyte").write_bytes(idx(X))
        (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(Y))
        return told(folder, folder)


def npz(save: Callable[..., None] = np.savez, **arrays: Any) -> bytes:
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


GOOD_NPZ = {"stored": npz(images=X, labels=Y), "packed": npz(np.savez_compressed, images=X, labels=Y)}
GOOD_CSV = "label,a,b,c,d\n" + "".join(f"{n % 3},{n},200,{n * 7 % 256},9\n" for n in range(30))
GOOD_IDX = {"plain": idx(X), "gzip": gzip.compress(idx(X), mtime=0)}


def test_the_good_ones_are_good() -> None:
    assert [npz_told(content) for content in GOOD_NPZ.values()] == ["", ""]
    assert [idx_told(content) for content in GOOD_IDX.values()] == ["", ""]
    assert csv_told(GOOD_CSV.encode()) == ""


# --- .npz -----------------------------------------------------------------------------------------------------------


def zipped(files: list[tuple[str, bytes]], how: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", how) as archive:
        warnings.simplefilter("ignore")  # of names that are there already
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def npy(array: "np.ndarray[Any, Any]", version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version)
    return stream.getvalue()


def claiming(shape: str = "(30, 4, 4)", descr: str = "'|u1'", more: str = "", body: bytes = X.tobytes()) -> bytes:
    """An .npz whose images' header is written as it stands here."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, {more}}}\n".encode()
    data = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + body
    return zipped([("images.npy", data), ("labels.npy", npy(Y))])


def encrypted(content: bytes) -> bytes:
    """With the mark that says so, in both places."""
    data = bytearray(content)
    for sign, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(sign)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(sign, at + 4)
    return bytes(data)


def packed_as(method: int) -> bytes:
    data = bytearray(GOOD_NPZ["stored"])
    for sign, place in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        at = data.find(sign)
        while at >= 0:
            data[at + place] = method
            at = data.find(sign, at + 4)
    return bytes(data)


def with_a_changed_pixel() -> bytes:
    data = bytearray(GOOD_NPZ["stored"])
    data[data.find(X.tobytes())] ^= 1
    return bytes(data)


NAMES = np.array(["cat", "dog", "eel"])[Y]
IMAGES, LABELS = ("images.npy", npy(X)), ("labels.npy", npy(Y))

BAD_NPZ: dict[str, tuple[bytes, str]] = {
    "bad CRC": (with_a_changed_pixel(), "CRC"),
    "truncated": (GOOD_NPZ["stored"][:-100], "not a zip"),
    "its middle missing": (GOOD_NPZ["packed"][:200] + GOOD_NPZ["packed"][300:], "cannot be read"),
    "encrypted": (encrypted(GOOD_NPZ["stored"]), "images is encrypted"),
    "unknown packing": (packed_as(99), "packed in a way that NumPy does not use"),
    "LZMA": (zipped([IMAGES, LABELS], zipfile.ZIP_LZMA), "packed in a way that NumPy does not use"),
    "BZIP2": (zipped([IMAGES, LABELS], zipfile.ZIP_BZIP2), "packed in a way that NumPy does not use"),
    "twice": (zipped([IMAGES, LABELS, IMAGES]), "holds images twice"),
    "in a folder": (zipped([("a/images.npy", npy(X)), LABELS]), "holds a/images, labels; x_train"),
    "names with line ends": (zipped([("a\n\x1b[2J.npy", npy(X))]), r"holds a\n\x1b[2J; x_train"),
    "objects": (npz(images=np.full(30, None, object), labels=Y), "images is of type object"),
    "objects as labels": (npz(images=X, labels=np.full(30, None, object)), "labels is of type object"),
    "fields": (npz(images=np.zeros(30, "i4,f4"), labels=Y), "images is of type"),
    "complex": (npz(images=X.astype(complex), labels=Y), "images is of type complex128"),
    "dates": (npz(images=X.astype("M8[s]"), labels=Y), "images is of type datetime64[s]"),
    "text": (npz(images=X.astype(str), labels=Y), "type <U3; [N, H, W]"),
    "a dimension of zero": (npz(images=X[:, :0], labels=Y), "shape [30, 0, 4]"),
    "nothing": (npz(images=X[:0], labels=Y[:0]), "shape [0, 4, 4]"),
    "0-d": (npz(images=np.uint8(3), labels=Y), "shape []"),
    "0-d labels": (npz(images=X, labels=np.int64(3)), "labels has shape []"),
    "no names": (npz(images=X, labels=np.array([""] * 30)), "a name of 1 to 200 letters"),
    "names with line ends as labels": (npz(images=X, labels=np.array(["a\nb", "c", "d"])[Y]), r"called 'a\nb'"),
    "names that are half a character": (npz(images=X, labels=np.array(["\ud800", "c", "d"])[Y]), r"called '\ud800'"),
    "names of no characters": (npz(images=X, labels=np.full(30, 2**32 - 1, "<u4").view("<U1")), "no text"),
    "negative labels": (npz(images=X, labels=Y - 1), "label -1"),
    "labels between": (npz(images=X, labels=Y / 2), "neither whole numbers nor names"),
    "labels not a number": (npz(images=X, labels=np.full(30, np.nan)), "neither whole numbers nor names"),
    "labels without end": (npz(images=X, labels=np.full(30, np.inf)), "label inf"),
    "huge labels": (npz(images=X, labels=Y.astype(np.uint64) + 2**63), "label 9.22337e+18"),
    "pixels not a number": (npz(images=np.where(X > 9, X, np.nan), labels=Y), "images goes from nan"),
    "pixels without end": (npz(images=np.where(X > 9, X, np.inf), labels=Y), "to inf"),
    "a scale of its own": (npz(images=X // 16, labels=Y), "from 0 to 15 only"),
    "shape of any size": (claiming("(30, 10**30, 4)"), "cannot be read"),
    "shape of any size in digits": (claiming(f"(30, {10**30}, 4)"), "should hold"),
    "shape below zero": (claiming("(-30, -4, 4)"), "says its shape is [-30, -4, 4]"),
    "shape that is no shape": (claiming("'abc'"), "cannot be read"),
    "type that is no type": (claiming(descr="'<q9'"), "cannot be read"),
    "code as a header": (claiming(more="'x': __import__('os').system('false')"), "cannot be read"),
    "deep header": (claiming("(" * 5000), "cannot be read"),
    "longer than it says": (claiming(body=X.tobytes() + b"1"), "should hold 480 bytes"),
    "shorter than it says": (claiming(body=X.tobytes()[:-1]), "should hold 480 bytes"),
    "version 3": (zipped([("images.npy", npy(X, (3, 0))), LABELS]), "version 3.0"),
    "version 9": (zipped([("images.npy", b"\x93NUMPY\x09\0" + bytes(99)), LABELS]), "cannot be read"),
    "no array": (zipped([("images.npy", b"hello"), LABELS]), "cannot be read"),
    "other test scale": (npz(x_train=X, y_train=Y, x_test=X / 255, y_test=Y), "on another scale"),
    "other test labels": (npz(x_train=X, y_train=Y, x_test=X, y_test=NAMES), "y_test has names where"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_NPZ)
def test_a_bad_npz_is_told(kind: str) -> None:
    content, says = BAD_NPZ[kind]
    assert says in npz_told(content)


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": X.astype(">f4"), "labels": Y.astype(">i2")},
        {"images": np.asfortranarray(X), "labels": Y},
        {"images": X.astype(np.float16), "labels": Y.astype(np.float32)},
        {"images": X.astype(np.longdouble), "labels": Y % 2 == 1},
        {"images": X, "labels": NAMES.astype(">U9")},
    ],
)
def test_every_plain_type_and_order_is_the_same_data(tmp_path: Path, arrays: dict[str, Any]) -> None:
    (tmp_path / "data.npz").write_bytes(npz(**arrays))
    everything = datasets.load(tmp_path / "data.npz").everything()
    assert sorted(p.tobytes() for p in everything.pixels) == sorted(p.tobytes() for p in X)


def test_version_2_of_the_format_is_read() -> None:
    assert npz_told(zipped([("images.npy", npy(X, (2, 0))), LABELS])) == ""


# --- IDX ------------------------------------------------------------------------------------------------------------


def idx_like(magic: int = 2051, shape: tuple[int, ...] = (30, 4, 4), body: bytes = X.tobytes()) -> bytes:
    return struct.pack(f">{1 + len(shape)}I", magic, *shape) + body


BAD_IDX: dict[str, tuple[bytes, str]] = {
    **{name: (idx_like(code << 8 | 3), name) for code, name in TYPES.items()},
    "no type": (idx_like(0), "begins with 0"),
    "four dimensions": (idx_like(2052, (30, 4, 4, 1)), "begins with 2052"),
    "no images": (idx_like(shape=(0, 4, 4)), "holds no images"),
    "no rows": (idx_like(shape=(30, 0, 4)), "holds no images"),
    "too wide": (idx_like(shape=(30, 4, 5000)), "4×5,000"),
    "one image fewer": (idx_like(shape=(29, 4, 4)), "should hold 480 bytes"),
    "one image more": (idx_like(shape=(31, 4, 4)), "should hold 512 bytes"),
    "all that can be": (idx_like(shape=(2**32 - 1, 4096, 4096)), "should hold"),
    "gzip that ends": (gzip.compress(idx(X))[:-40], "cannot be read"),
    "gzip of another CRC": (gzip.compress(idx(X))[:-8] + b"12345678", "CRC"),
    "gzip and more": (gzip.compress(idx(X)) + b"more", "cannot be read"),
    "gzip that goes on": (gzip.compress(idx(X)) + gzip.compress(b"more"), "but holds more"),
    "gzip of nothing": (gzip.compress(b""), "holds 0 bytes"),
    "half a gzip header": (b"\x1f\x8b\x08", "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_IDX)
def test_a_bad_idx_file_is_told(kind: str) -> None:
    content, says = BAD_IDX[kind]
    line = idx_told(content)
    assert says in line
    assert line.startswith("FILE/train-images-idx3-ubyte ")


def test_gzip_in_two_members_is_one_file() -> None:
    assert idx_told(gzip.compress(idx(X)[:99]) + gzip.compress(idx(X)[99:])) == ""


# --- CSV ------------------------------------------------------------------------------------------------------------

BAD_CSV: dict[str, tuple[str | bytes, str]] = {
    "semicolons": (GOOD_CSV.replace(",", ";"), "line 2, cell 1 is '0;0;200;0;9', no number"),
    "a quotation mark": (GOOD_CSV.replace("3,200", '"3,200'), "line 5"),
    "NUL": (GOOD_CSV.replace("3,200", "3\0,200"), "line 5 holds bytes that are no text"),
    "no UTF-8": (GOOD_CSV.encode().replace(b"3,200", b"3\xff,200"), "line 5 holds bytes that are no text"),
    "UTF-16": (GOOD_CSV.encode("utf-16"), "line 1 holds bytes that are no text"),
    "without end": (GOOD_CSV.replace("3,200", "3,1e999"), "to inf"),
    "beyond float32": (GOOD_CSV.replace("3,200", "3,1e99"), "to inf"),
    "no number": (GOOD_CSV.replace("3,200", "3,nan"), "nan"),
    "an empty cell": (GOOD_CSV.replace("3,200", "3,"), "line 5, cell 3 is '', no number"),
    "a word": (GOOD_CSV.replace("3,200", "3,\x1b[2J"), r"line 5, cell 3 is '\x1b[2J', no number"),
    "a cell more": (GOOD_CSV.replace("3,200", "3,200,200"), "line 5 has 6 cells, line 2 has 5"),
    "all lines longer than the header": ("label,a\n" + "1,2,3,4,5\n" * 9, "line 2 has 5 cells, the first line 2"),
    "a whole number of any size": (GOOD_CSV.replace("3,200", f"3,{10**400}"), "to inf"),
    "a header only": ("label,a,b,c,d\n", "holds no images"),
    "line ends only": ("\n\r\n \n", "holds no images"),
    "labels only": ("0\n1\n2\n", "0 pixels a line make no square picture"),
    "a long cell": ("0,1\n1," + "x" * 5000, f"cell 2 is '{'x' * 80}…'"),
}


@pytest.mark.parametrize("kind", BAD_CSV)
def test_a_bad_csv_is_told(kind: str) -> None:
    content, says = BAD_CSV[kind]
    assert says in csv_told(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    "content",
    [
        GOOD_CSV.encode("utf-8-sig"),
        GOOD_CSV.replace("\n", "\r\n").encode(),
        GOOD_CSV.replace("\n", "\r").encode(),
        GOOD_CSV.replace("\n", "\n\n").encode(),
        GOOD_CSV.replace(",200,", ',"200",').encode(),
        GOOD_CSV.replace("label", '"Label"').encode(),
    ],
)
def test_a_csv_as_other_programs_write_it_is_good(content: bytes) -> None:
    assert csv_told(content) == ""


# --- laws -----------------------------------------------------------------------------------------------------------

LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def mutated(draw: st.DrawFn, good: list[bytes]) -> bytes:
    """One of `good` with bytes changed, taken out, put in, or its end cut off."""
    data = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        kind = draw(st.sampled_from(["change", "put", "take", "cut"]))
        piece = draw(
            st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 4, b"\0" * 8, b"PK\1\2", b"\n", b","])
        )
        if kind == "cut":
            del data[at:]
        elif kind == "take":
            del data[at : at + len(piece)]
        else:
            data[at : at + (len(piece) if kind == "change" else 0)] = piece
    return bytes(data)


@LAW
@given(st.binary(max_size=300) | mutated(list(GOOD_NPZ.values())))
def test_any_bytes_as_npz_are_sound_data_or_one_line(content: bytes) -> None:
    npz_told(content)


@LAW
@given(st.binary(max_size=300) | mutated(list(GOOD_IDX.values())), st.binary(max_size=60) | mutated([idx(Y)]))
def test_any_bytes_as_idx_are_sound_data_or_one_line(images: bytes, labels: bytes) -> None:
    idx_told(images)
    idx_told(labels=labels)


@LAW
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode) | mutated([GOOD_CSV.encode()]))
def test_any_bytes_as_csv_are_sound_data_or_one_line(content: bytes) -> None:
    csv_told(content)


CELLS = (
    st.integers(-2, 300).map(str) | st.floats().map(repr) | st.sampled_from(["", '"', "0", "1", " 7 ", "x", "1e5", "_"])
)


@LAW
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_table_of_cells_is_sound_data_or_one_line(rows: list[list[str]], end: str) -> None:
    csv_told(end.join(",".join(row) for row in rows).encode())


DTYPES = st.sampled_from("?bBhHiIlLqQefdgFDSUMmVO").map(str) | st.sampled_from(
    [">i4", ">f8", "<U3", ">U2", "S5", "i4,f2"]
)


@st.composite
def arrays(draw: st.DrawFn) -> "np.ndarray[Any, Any]":
    """An array of any type and few values."""
    shape = draw(st.lists(st.integers(0, 9), max_size=5))
    kind = np.dtype(draw(DTYPES))
    array = np.zeros(shape, kind)
    if kind.itemsize and not kind.hasobject:
        size = array.nbytes
        chance = np.random.default_rng(draw(st.integers(0, 99)))
        array = np.frombuffer(chance.bytes(size), kind).reshape(shape)
    return np.asfortranarray(array) if draw(st.booleans()) else array


@LAW
@given(arrays() | st.just(X), arrays() | st.just(Y), st.sampled_from(["images labels", "x_train y_train", "X y"]))
def test_arrays_of_any_type_and_shape_are_sound_data_or_one_line(x: Any, y: Any, names: str) -> None:
    npz_told(npz(**dict(zip(names.split(), (x, y), strict=True))))
