"""Data sets as people have them: what `data.py` prints of each is what is made of it."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cases import data as made
from fivebyfive import datasets
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import decode
from support import Call, expect_sentence, expect_sound

NAMES = ("both", "lying", "standing")
FEW = ["--recipe", "quick", "--samples", "600", "--batch-size", "50"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that `data.py` makes."""
    path: Path = tmp_path_factory.mktemp("data") / "made"
    made.RNG = np.random.default_rng(7)
    made.main(path)
    return path


def learned(call: Call, data: Path, out: str, *options: str) -> tuple[str, str]:
    """The lines before the first step, and the accuracy on all test images."""
    code, printed, err = call("train", "quick", "--data", data, *FEW, *options, "--out", out)
    assert code == 0, err
    assert "unexpected" not in printed + err
    found = re.search(r"Testing Accuracy: (\S+) \(all", printed)
    assert found
    return printed, found[1]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("training-testing", (270, 30, 300)),
        ("train-valid", (270, 30, 300)),
        ("TRAIN-TEST", (270, 30, 300)),
        ("test-beside-classes", (405, 45, 150)),
    ],
)
def test_folders_are_split_as_they_say(folder: Path, call: Call, name: str, parts: tuple[int, int, int]) -> None:
    printed, _ = learned(call, folder / name, "run")
    train, validation, test = parts
    assert f"{train} images to train on, {validation} to choose by, {test} to report" in printed
    assert "3 classes: both, lying, standing" in printed


def test_three_parts_are_three_parts(folder: Path, tmp_path: Path) -> None:
    """As `data.py` slices them each of its three parts holds one class alone, which nobody can learn from: that is
    said. With every class in every part, they are what their names say.
    """
    with pytest.raises(InputError, match="Test has the class both, of which there is nothing to train on"):
        datasets.load(folder / "Train-Val-Test")
    x, y = made.bars(600)
    for part, chosen in (("Train", slice(0, 300)), ("Val", slice(300, 450)), ("Test", slice(450, 600))):
        made.files(tmp_path / "parts" / part, x[chosen], y[chosen])
    found = datasets.load(tmp_path / "parts")
    expect_sound(found)
    assert found.classes == NAMES
    assert [len(part) for part in (found.train, found.validation, found.test)] == [300, 150, 150]


def test_numbers_of_any_range_that_mean_the_same_are_learned_the_same(folder: Path, call: Call) -> None:
    _, of_bytes = learned(call, folder / "bytes.npz", "bytes")
    for name in ("unit", "hair-above-one"):
        assert learned(call, folder / f"{name}.npz", name)[1] == of_bytes
    _, of_ones = learned(call, folder / "ones.npz", "ones")
    assert learned(call, folder / "bool.npz", "bool")[1] == of_ones
    pixels = datasets.load(folder / "bytes.npz").test.pixels
    assert np.array_equal(datasets.load(folder / "ones.npz").test.pixels, np.where(pixels > 128, 255, 0))


def test_a_scale_of_its_own_is_refused_and_said(folder: Path, call: Call) -> None:
    line = expect_sentence(call("train", "quick", "--data", folder / "sixteen.npz", *FEW))
    assert "x_train goes from 0 to 13 only" in line


def test_medmnists_parts_are_what_their_names_say(folder: Path) -> None:
    found = datasets.load(folder / "medmnist.npz")
    assert [len(part) for part in (found.train, found.validation, found.test)] == [400, 100, 100]


def test_idx_names_with_dots_are_read(folder: Path) -> None:
    found, same = datasets.load(folder / "idx-dots"), datasets.load(folder / "bytes.npz")
    assert np.array_equal(found.test.pixels, same.test.pixels)
    assert np.array_equal(found.test.labels, same.test.labels)


def test_emnist_lies_upright_and_its_classes_are_letters(folder: Path) -> None:
    found, same = datasets.load(folder / "emnist"), datasets.load(folder / "bytes.npz")
    assert found.classes == ("A", "B", "C")
    assert np.array_equal(found.test.pixels, same.test.pixels)


def test_the_label_is_found_by_its_name(folder: Path) -> None:
    found = datasets.load(folder / "label-last.csv")
    assert found.classes == ("0", "1", "2")
    assert found.shape == (28, 28, 1)
    assert np.bincount(found.everything().labels).tolist() == [200, 200, 200]


def test_a_colour_that_is_transparent_is_seen_as_in_its_rgba_twin(folder: Path, call: Call, tmp_path: Path) -> None:
    keyed, twin = folder / "transparent-colour.png", tmp_path / "twin.png"
    Image.open(keyed).convert("RGBA").save(twin)
    assert np.array_equal(decode(keyed).pixels, decode(twin).pixels)
    said = [call("predict", path)[1].replace(str(path), "") for path in (keyed, twin)]
    assert said[0] == said[1]


def test_every_broken_file_is_counted_and_the_rest_is_used_if_one_says_so(folder: Path, call: Call) -> None:
    broken = folder / "broken"
    line = expect_sentence(call("train", "quick", "--data", broken, *FEW, "--out", "run"))
    assert all(f"bad{n}.png" in line for n in range(5))
    assert "9 cannot be read" in line
    assert line.endswith("leave them out: --skip-broken")
    assert not Path("run").exists()

    printed, _ = learned(call, broken, "run", "--skip-broken")
    said = printed.splitlines()[1]
    assert said.startswith("9 files that cannot be read are left out: ")
    assert said.endswith("bad4.png and 4 more")
    assert "3 classes: both, lying, standing" in printed

    expect_sentence(call("evaluate", "run"))
    code, printed, err = call("evaluate", "run", "--skip-broken")
    assert code == 0, err
    assert printed.startswith("9 files that cannot be read are left out: ")
