"""A CSV of file names and labels, as people and competitions write them; tables of pixels with parts of their own."""

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fivebyfive import datasets
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from support import expect_sound

X = np.random.default_rng(6).integers(0, 256, (60, 16, 16), np.uint8)
NAMES = ("cat", "dog")
Rows = Iterable[Sequence[Any]]


def flat(folder: Path, count: int = 40, start: int = 0, name: str = "{}.png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(start, start + count):
        Image.fromarray(X[n]).save(folder / name.format(n))
    return folder


def table(path: Path, header: str, rows: Rows, separator: str = ",") -> Path:
    with path.open("w", newline="") as file:
        write = csv.writer(file, delimiter=separator)
        write.writerows([header.split(",")] if header else [])
        write.writerows(rows)
    return path


def sizes(data: Dataset) -> list[int]:
    return [len(part) for part in data.parts()]


def rows(count: int = 40, name: str = "{}.png", start: int = 0) -> list[tuple[str, str]]:
    return [(name.format(n), NAMES[n % 2]) for n in range(start, start + count)]


def _beside(place: Path) -> Path:
    flat(place)
    return table(place / "labels.csv", "filename,label", rows())


def _in_a_folder_and_without_header(place: Path) -> Path:
    flat(place / "images")
    return table(place / "labels.csv", "", rows(name="images/{}.png"))


def _semicolons_and_names_alone(place: Path) -> Path:
    flat(place / "images")
    return table(place / "labels.csv", "class,picture", [row[::-1] for row in rows()], ";")


def _backslashes(place: Path) -> Path:
    flat(place / "images")
    return table(place / "labels.csv", "file,label", rows(name="images\\{}.png"))


def _of_another_machine(place: Path) -> Path:
    flat(place / "images")
    return table(place / "labels.csv", "file,label", rows(name="/content/drive/pets/images/{}.png"))


def _names_without_ending(place: Path) -> Path:
    flat(place / "part_1", 20)
    flat(place / "part_2", 20, 20)
    return table(
        place / "meta.csv", "lesion,image_id,dx,age", [(f"L{n}", *row, 80) for n, row in enumerate(rows(name="{}"))]
    )


def _a_column_a_class(place: Path) -> Path:
    flat(place / "images")
    return table(place / "truth.csv", "image,cat,dog", [(str(n), 1.0 - n % 2, float(n % 2)) for n in range(40)])


LISTED = (
    _beside,
    _in_a_folder_and_without_header,
    _semicolons_and_names_alone,
    _backslashes,
    _of_another_machine,
    _names_without_ending,
    _a_column_a_class,
)


@pytest.mark.parametrize("make", LISTED, ids=lambda make: make.__name__)
def test_tables_of_names_and_labels_are_read(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    data, of_folder = datasets.load(path), datasets.load(tmp_path)
    expect_sound(data)
    assert data.classes == NAMES
    assert sizes(data) == [32, 4, 4]
    assert data.sha256 == of_folder.sha256
    assert f"labels as {path.name} says them" in data.notes[1]
    every = data.everything()
    right = {X[n].tobytes(): n % 2 for n in range(40)}
    assert all(right[p.tobytes()] == label for p, label in zip(every.pixels, every.labels, strict=True))


def test_a_column_says_the_part(tmp_path: Path) -> None:
    flat(tmp_path)
    parts = ("train", "train", "Valid", "test")
    table(tmp_path / "all.csv", "path,label,Split", [(*row, parts[n // 2 % 4]) for n, row in enumerate(rows())])
    assert sizes(datasets.load(tmp_path / "all.csv")) == [20, 10, 10]


def test_parts_with_tables_of_their_own_and_one_without_labels(tmp_path: Path) -> None:
    """Names count from 0 in each part: the folder that the part is called by has the picture."""
    flat(tmp_path / "train_images", 40)
    flat(tmp_path / "test_images", 10)
    table(tmp_path / "train.csv", "id_code,diagnosis", rows(name="{}"))
    table(tmp_path / "test.csv", "id_code", [(n,) for n in range(10)])
    table(tmp_path / "sample_submission.csv", "id_code,diagnosis", rows(10, "{}"))
    data = datasets.load(tmp_path)
    assert sizes(data) == [32, 4, 4]
    assert "left out: 1 table without labels: test.csv (10 pictures)" in data.notes
    table(tmp_path / "test.csv", "id_code,diagnosis", rows(10, "{}"))
    assert sizes(datasets.load(tmp_path)) == [36, 4, 10]


def test_folders_of_classes_have_the_better_names_where_a_table_says_the_same(tmp_path: Path) -> None:
    for n in range(40):
        flat(tmp_path / NAMES[n % 2], 1, n)
    table(tmp_path / "numbers.csv", "file,class_id", [(f"{NAMES[n % 2]}/{n}.png", n % 2) for n in range(40)])
    assert datasets.load(tmp_path).classes == NAMES
    table(tmp_path / "numbers.csv", "file,class_id", [(f"{NAMES[n % 2]}/{n}.png", n // 2 % 2) for n in range(40)])
    assert datasets.load(tmp_path).classes == ("0", "1")


def _missing(place: Path) -> None:
    flat(place, 37)
    table(place / "labels.csv", "filename,label", rows())


def _two_labels(place: Path) -> None:
    flat(place)
    table(place / "labels.csv", "filename,label", [*rows(), ("0.png", "dog")])


def _no_label(place: Path) -> None:
    flat(place)
    table(place / "labels.csv", "filename,label", [*rows(39), ("39.png", "")])


def _which_column(place: Path) -> None:
    flat(place)
    table(place / "labels.csv", "filename,width,colour", [(name, 3, label) for name, label in rows()])


def _several_labels(place: Path) -> None:
    flat(place)
    table(place / "labels.csv", "filename,cat,dog", [(name, 1, 1) for name, _ in rows()])


def _two_tables(place: Path) -> None:
    for name in ("a", "b"):
        table(flat(place) / f"{name}.csv", "filename,label", rows())


def _ragged(place: Path) -> None:
    flat(place)
    table(place / "labels.csv", "filename,label", [*rows(39), ("39.png", "dog", "x")])


WRONG: dict[Callable[[Path], None], str] = {
    _missing: "names 3 pictures that are not there: 37.png, 38.png, 39.png; mend it, or leave them out: --skip-broken",
    _two_labels: "0.png is cat, and dog too; one label a picture was expected",
    _no_label: "has no label for 39.png",
    _which_column: "has width, colour beside the file names, and none of these is called label",
    _several_labels: "has a column a class (cat, dog), but 2 of them are 1 for 0.png",
    _two_tables: "both say the labels of pictures; give one of them",
    _ragged: "line 41 has 3 cells, line 1 has 2",
}


@pytest.mark.parametrize("make", WRONG, ids=lambda make: make.__name__)
def test_what_is_wrong_with_a_table_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path)
    with pytest.raises(InputError) as told:
        datasets.load(tmp_path)
    assert WRONG[make] in str(told.value)


def test_a_name_that_several_pictures_have_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        flat(tmp_path / name)
    with pytest.raises(InputError, match=r"0\.png may be .*; write the whole path below"):
        datasets.load(table(tmp_path / "labels.csv", "filename,label", rows()))


def test_what_is_named_and_not_there_may_be_left_out(tmp_path: Path) -> None:
    _missing(tmp_path)
    data = datasets.load(tmp_path, skip_broken=True)
    assert sum(sizes(data)) == 37
    assert data.left_out == tuple(f"{tmp_path / f'{n}.png'} (missing)" for n in (37, 38, 39))


# --- tables of pixels -----------------------------------------------------------------------------------------------

PIXELS = ",".join(f"pixel{n}" for n in range(256))


def pixels(count: int, start: int = 0) -> list[list[int]]:
    return [[n % 2, *X[n].ravel().tolist()] for n in range(start, start + count)]


def test_a_competitions_tables_of_pixels(tmp_path: Path) -> None:
    table(tmp_path / "train.csv", f"label,{PIXELS}", pixels(40))
    table(tmp_path / "test.csv", PIXELS, [row[1:] for row in pixels(10, 40)])
    data = datasets.load(tmp_path)
    assert sizes(data) == [32, 4, 4]
    assert "left out: 1 table without labels: test.csv" in data.notes
    table(tmp_path / "test.csv", f"id,{PIXELS}", pixels(10, 40))
    assert sizes(datasets.load(tmp_path)) == [32, 4, 4]
    table(tmp_path / "test.csv", f"label,{PIXELS}", pixels(10, 40))
    assert sizes(datasets.load(tmp_path)) == [36, 4, 10]


def test_emnists_tables_lie_transposed_too(tmp_path: Path) -> None:
    for part, some in (("train", range(40)), ("test", range(40, 50))):
        turned = [[1 + n % 2, *X[n].T.ravel().tolist()] for n in some]
        table(tmp_path / f"emnist-letters-{part}.csv", "", turned)
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65\n2 66\n")
    data = datasets.load(tmp_path)
    assert data.classes == ("A", "B")
    assert np.array_equal(data.test.pixels[..., 0], X[40:50])


def test_faces_whose_pixels_are_one_cell(tmp_path: Path) -> None:
    use = ["Training"] * 40 + ["PublicTest"] * 10 + ["PrivateTest"] * 10
    faces = [(n % 2, use[n], " ".join(map(str, X[n].ravel()))) for n in range(60)]
    data = datasets.load(table(tmp_path / "faces.csv", "emotion,Usage,pixels", faces))
    assert sizes(data) == [40, 10, 10]
    assert np.array_equal(data.test.pixels[..., 0], X[50:])
    with pytest.raises(InputError, match=r"line 42 has 255 pixels"):
        datasets.load(
            table(
                tmp_path / "faces.csv",
                "emotion,Usage,pixels",
                [*faces[:40], (1, "Training", faces[0][2].partition(" ")[2])],
            )
        )
