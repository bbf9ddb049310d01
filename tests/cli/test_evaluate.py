"""``5x5 evaluate``: the numbers, as text and as JSON, and two pictures."""

import json
from pathlib import Path

from PIL import Image

from fivebyfive.datasets import Dataset
from support import Command


def test_a_run_is_evaluated_in_numbers_and_pictures(in_process: Command, tmp_path: Path) -> None:
    assert in_process("train", "perceptron", "--samples", "3000", "--out", "run").returncode == 0
    text = in_process("evaluate", "run")
    assert text.returncode == 0, text.stderr
    assert "perceptron on 10,000 images of mnist" in text.stdout
    document = json.loads(in_process("evaluate", "run", "--json").stdout)
    assert document["images"] == 10_000
    assert sum(map(sum, document["confusion"])) == 10_000
    trained = json.loads((tmp_path / "run" / "run.json").read_text())["results"]["test_accuracy"]
    assert document["test_accuracy"] == trained
    for name in ("confusion.png", "mistakes.png"):
        assert (tmp_path / "run" / name).read_bytes().startswith(b"\x89PNG")


def test_data_of_another_shape_is_told(in_process: Command, idx_folder: Path, digits: Dataset) -> None:
    from support import write_idx

    write_idx(idx_folder / "train-images-idx3-ubyte", digits.train.pixels[:600, 4:24, 4:24, 0])
    write_idx(idx_folder / "t10k-images-idx3-ubyte.gz", digits.test.pixels[:120, 4:24, 4:24, 0])
    done = in_process("evaluate", "--data", idx_folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "takes pictures of 28×28×1" in done.stderr


def test_without_data_a_run_is_evaluated_on_the_test_images_that_it_kept_apart(
    in_process: Command, tmp_path: Path
) -> None:
    colours = {"rouge [1]": (200, 40, 40), "vert": (40, 200, 40), "bleu": (40, 40, 200)}
    for name, colour in colours.items():
        (tmp_path / "data" / name).mkdir(parents=True)
        for n in range(20):
            Image.new("RGB", (60 + n, 50), tuple(c + n for c in colour)).save(tmp_path / "data" / name / f"{n}.png")
    trained = in_process("train", "quick", "--data", "data", "--samples", "1000", "--out", "run", "--json")
    assert trained.returncode == 0, trained.stderr
    text = in_process("evaluate", "run")
    assert "on 6 images of" in text.stdout
    model, data, *table = text.stdout.splitlines()
    assert all(name in model and name in data for name in colours)
    assert all("\n".join(table).count(name) == 3 for name in colours)  # in a row of each table, and over a column
    document = json.loads(in_process("evaluate", "run", "--json").stdout)
    assert document["test_accuracy"] == json.loads(trained.stdout)["test_accuracy"]
    (tmp_path / "data" / "vert" / "0.png").unlink()
    changed = in_process("evaluate", "run")
    assert (changed.returncode, changed.stdout) == (2, "")
    assert "has changed since quick was trained on it" in changed.stderr
    assert "on 59 images of data" in in_process("evaluate", "run", "--data", "data").stdout
