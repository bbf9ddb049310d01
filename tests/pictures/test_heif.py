"""HEIC and AVIF, as phones and the web have them: decoded like any other picture, in a process with limits."""

import importlib.util
import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fivebyfive.errors import InputError
from fivebyfive.pictures import decoding, heif
from fivebyfive.pictures.decoding import decode
from fivebyfive.prediction import predict
from photos import paper

pillow_heif = pytest.importorskip("pillow_heif")
KINDS = ["HEIF", "AVIF"]


def corner(kind: str, size: tuple[int, int] = (96, 64), **how: Any) -> bytes:
    """A white picture whose upper left corner is red."""
    pillow_heif.register_heif_opener()
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 4, size[1] // 4))
    file = io.BytesIO()
    image.save(file, kind, quality=95, **how)
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_picture_like_any_other(kind: str) -> None:
    found = decode(corner(kind))
    assert (found.width, found.height, found.pixels.shape) == (96, 64, (64, 96, 3))
    assert np.abs(found.pixels[4, 4].astype(int) - (255, 0, 0)).max() < 12
    assert found.pixels[-4:, :].min() > 243
    small = decode(corner(kind), longest=48)
    assert (small.width, small.pixels.shape) == (96, (32, 48, 3))


@pytest.mark.parametrize("kind", KINDS)
def test_digits_in_it_are_read(kind: str, tmp_path: Path) -> None:
    pillow_heif.register_heif_opener()
    paper(["7", "2", "1"]).convert("RGB").save(tmp_path / "photo", kind)
    assert predict(tmp_path / "photo").text == "721"


def test_what_was_turned_is_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # its first row is at the right
    found = decode(corner("AVIF", exif=turned))
    assert (found.width, found.height) == (64, 96)
    assert found.pixels[4, -4, 1] < 20 < 243 < found.pixels[-4, 4, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_large_is_told_before_it_is_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(corner(kind))
    at = data.index(b"ispe") + 8  # the size that the file claims
    data[at : at + 8] = (20_000).to_bytes(4, "big") * 2
    monkeypatch.setattr(heif, "SECONDS", 5)
    with pytest.raises(InputError, match=r"photo: .*(megapixels|damaged|memory)"):
        decode(bytes(data), name="photo")


@pytest.mark.parametrize(
    ("ends", "says"),
    [(signal.SIGXCPU, "more than 30 seconds of processor time"), (signal.SIGKILL, "more than 2 GB of memory")],
)
def test_a_file_that_ends_the_process_ends_nothing_else(ends: signal.Signals, says: str) -> None:
    assert decode(corner("HEIF")).width == 96
    os.kill(heif._processes[os.getpid()].process.pid, ends)  # as the system does at its limits
    with pytest.raises(InputError, match=f"photo: decoding it takes {says}"):
        decode(corner("HEIF"), name="photo")
    assert decode(corner("HEIF")).width == 96


def test_the_process_has_the_limits_of_the_system() -> None:
    resource = pytest.importorskip("resource")
    decode(corner("AVIF"))
    process = heif._processes[os.getpid()].process
    assert resource.prlimit(process.pid, resource.RLIMIT_AS)[0] == heif.MEMORY
    assert 0 < resource.prlimit(process.pid, resource.RLIMIT_CPU)[0] <= heif.SECONDS + 60


def test_threads_take_turns() -> None:
    data, found = {kind: corner(kind, (96, 64)) for kind in KINDS}, []
    threads = [threading.Thread(target=lambda k=kind: found.append(decode(data[k]).width)) for kind in KINDS * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [96] * 6


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_any_damage_is_a_picture_or_one_sentence(data: st.DataObject, kind: str) -> None:
    whole = bytearray(corner(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(12, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.sampled_from([len(whole), len(whole) // 2, 40]))])
    said = "photo: a picture"
    try:
        decode(cut, name="photo")
    except InputError as error:
        said = str(error)
    assert said.startswith("photo: ")
    assert "\n" not in said


def test_without_what_decodes_it_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="photo: reading HEIC takes pillow-heif"):
        decode(corner("HEIF"), name="photo")
    assert decode(corner("AVIF")).width == 96


def test_a_video_is_no_picture() -> None:
    with pytest.raises(InputError, match="a video is no picture"):
        decode(b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(40), name="photo")


def test_other_pictures_start_no_process() -> None:
    code = (
        "import sys; from fivebyfive.pictures.decoding import decode; from pathlib import Path;"
        f"decode(Path({str(decoding.__file__)!r}).parents[3] / 'docs/pictures/reading.png');"
        "print({'pillow_heif', 'fivebyfive.guarding'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
