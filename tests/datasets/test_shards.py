"""Shards as the library `webdataset` writes them, and what is no such shard."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdataset
from PIL import Image

from fivebyfive import datasets
from fivebyfive.datasets import decoded
from fivebyfive.errors import InputError
from fivebyfive.model import load
from fivebyfive.training.run import resume, train
from striped import photographs
from support import StopAt, weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photographs(tmp_path_factory.mktemp("photographs"))


def samples(folder: Path) -> list[dict[str, Any]]:
    """The pictures of a folder of classes as samples, those of both classes mixed."""
    files = sorted(folder.rglob("*.jpg"), key=lambda file: (file.name, file.parent.name))
    names = sorted({file.parent.name for file in files})
    return [
        {"__key__": f"{file.parent.name}/{file.stem}", "jpg": file.read_bytes(), "cls": names.index(file.parent.name)}
        for file in files
    ]


def write(pattern: str, every: list[dict[str, Any]], each: int = 7) -> None:
    with webdataset.ShardWriter(pattern, maxcount=each, verbose=0) as writer:
        for sample in every:
            writer.write(sample)


def test_what_webdataset_wrote_is_read_as_the_files_themselves_are(tmp_path: Path, folder: Path) -> None:
    write(f"{tmp_path}/photos-%04d.tar", samples(folder))
    assert len(list(tmp_path.glob("*.tar"))) == 5
    data = datasets.load(tmp_path, size=(24, 32))
    files = datasets.load(folder, size=(24, 32))
    assert data.classes == ("0", "1")
    assert "read from 5 shards" in data.notes
    ours, theirs = (
        sorted((picture.tobytes(), int(label)) for picture, label in zip(every.pixels, every.labels, strict=True))
        for every in (data.everything(), files.everything())
    )
    assert ours == theirs


def test_it_reads_what_webdataset_itself_reads(tmp_path: Path, folder: Path) -> None:
    write(f"{tmp_path}/photos-%04d.tar", samples(folder), each=100)
    shard = next(tmp_path.glob("*.tar"))
    read = list(webdataset.WebDataset(str(shard), shardshuffle=False).decode("rgb8").to_tuple("jpg", "cls"))
    data = datasets.load(shard, size=(90, 70), fit="resize").everything()
    same = [picture for picture, _ in read if picture.shape[:2] == (90, 70)]
    held = {picture.tobytes() for picture in data.pixels}
    assert len(same) == 6
    assert all(picture.tobytes() in held for picture in same)
    assert sorted(label for _, label in read) == sorted(data.labels.tolist())


@pytest.mark.parametrize("way", ["names of shards", "folders"])
def test_parts_are_what_shards_or_folders_are_called(tmp_path: Path, folder: Path, way: str) -> None:
    every = samples(folder)
    for part, some in (("train", every[:20]), ("val", every[20:26]), ("test", every[26:])):
        place = f"imagenet-{part}-%04d.tar" if way == "names of shards" else f"{part}/%04d.tar"
        (tmp_path / place).parent.mkdir(exist_ok=True)
        write(f"{tmp_path}/{place}", some)
    data = datasets.load(tmp_path)
    assert (len(data.train), len(data.validation), len(data.test)) == (20, 6, 4)
    assert data.own_split


def test_a_training_from_shards_goes_on_to_the_same_weights(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoded, "IN_MEMORY", 0)
    (tmp_path / "shards").mkdir()
    write(f"{tmp_path}/shards/%04d.tar", samples(folder))
    about: dict[str, Any] = {"data": tmp_path / "shards", "samples": 60, "batch_size": 10, "size": 16, "film": 0}
    train("perceptron", **about, recipe="classic", out=tmp_path / "whole")
    train("perceptron", **about, recipe="classic", out=tmp_path / "cut", reporter=StopAt(2))
    resume(tmp_path / "cut")
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    again = load(tmp_path / "cut")
    assert (again.fit, again.classes) == ("squeeze", ("0", "1"))


# --- by hand ----------------------------------------------------------------------------------------------------------


def picture(shade: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((20, 20, 3), shade, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def shard(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def sound(count: int = 6) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for n in range(count):
        files |= {f"{n}.png": picture(40 * n), f"{n}.json": json.dumps({"label": "ab"[n % 2], "by": "me"}).encode()}
    return files


def test_labels_are_names_too_and_may_be_in_json(tmp_path: Path) -> None:
    data = datasets.load(shard(tmp_path / "one.tar", {**sound(), "6.txt": b"a caption alone"}))
    assert data.classes == ("a", "b")
    assert any("1 sample without a picture" in note for note in data.notes)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"9.png": picture(1)}, "9.png has no label"),
        ({"9.png": picture(1), "9.json": b"[1, 2]"}, "9.png has no label"),
        ({"9.png": picture(1), "9.json": b"{"}, "9.json is no JSON"),
        ({"9.png": picture(1), "9.cls": b"\xff\xfe"}, "9.cls is no text"),
        ({"9.png": picture(1), "9.cls": b"1" * 2000}, "9.cls has 2,000 bytes"),
        ({"9.png": b"no picture", "9.cls": b"a"}, "9.png: this is not a picture"),
    ],
)
def test_a_sample_that_is_wrong_is_told_by_its_name(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    path = shard(tmp_path / "one.tar", {**sound(), **files})
    with pytest.raises(InputError, match=said):
        datasets.load(path)


@pytest.mark.parametrize("cut", [100, 700, 3000, -1500])
def test_a_shard_that_was_cut_or_is_none_is_told(tmp_path: Path, cut: int) -> None:
    path = shard(tmp_path / "one.tar", {**sound(), "9.png": bytes(5000), "9.cls": b"a"})
    path.write_bytes(path.read_bytes().rstrip(b"\0")[:cut])
    with pytest.raises(InputError, match=r"one\.tar") as told:
        datasets.load(path)
    assert "unexpected" not in str(told.value)
    (tmp_path / "two.tar").write_bytes(b"no tar at all" * 1000)
    with pytest.raises(InputError, match="a tar file that is not compressed"):
        datasets.load(tmp_path / "two.tar")


def test_a_header_that_claims_to_be_huge_takes_no_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    (tmp_path / "one.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(5000))
    with pytest.raises(InputError, match=r"one\.tar cannot be read"):
        datasets.load(tmp_path / "one.tar")


def test_names_in_a_shard_are_no_paths_here(tmp_path: Path) -> None:
    files = {f"../../etc/{n}.png": data for n, data in enumerate(map(picture, range(0, 240, 40)))}
    every: dict[str, bytes] = {}
    for name, encoded in files.items():
        every |= {name: encoded, name.replace(".png", ".cls"): b"a" if name[-5] in "024" else b"b"}
    before = sorted(tmp_path.parent.iterdir())
    data = datasets.load(shard(tmp_path / "one.tar", every))
    assert len(data.everything()) == 6
    assert sorted(tmp_path.parent.iterdir()) == before
    with tarfile.open(tmp_path / "two.tar", "w") as tar:
        link = tarfile.TarInfo("7.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(InputError, match="shards with no pictures"):
        datasets.load(tmp_path / "two.tar")
