"""``fivebyfive.predict`` keeps its model open, takes lists, and asks the shipped reader about nothing twice."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fivebyfive import prediction
from fivebyfive.errors import InputError
from fivebyfive.pictures.pages import pages
from fivebyfive.pictures.reading import reader
from fivebyfive.pictures.shaping import Floats, Pixels
from fivebyfive.prediction import opening, predict
from fivebyfive.prediction.engine import Engine
from fivebyfive.prediction.guarded import GuardedEngine
from fivebyfive.prediction.reader_engine import ReaderEngine
from photos import in_bytes, paper


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The models that are opened from now on."""
    names: list[object] = []

    def noted(model: str | Path | None = None) -> Engine:
        names.append(model)
        return opening.open_engine(model)

    monkeypatch.setattr(prediction, "open_engine", noted)
    prediction._opened.cache_clear()
    return names


def test_a_file_is_opened_once_and_again_when_it_has_changed(opened: list[object], tmp_path: Path) -> None:
    model, seven = tmp_path / "reader.onnx", paper(["7"])
    shutil.copy(opening.SHIPPED / "reader.onnx", model)
    assert [predict(seven, model).text for _ in range(3)] == ["7"] * 3
    assert opened == [model]
    model.write_bytes(b"no model")
    with pytest.raises(InputError, match="reader.onnx"):
        predict(seven, model)
    assert opened == [model, model]


def test_a_list_is_read_in_its_order_by_one_model(opened: list[object]) -> None:
    found = predict([paper(["7"]), in_bytes(paper(["2", "1"])), np.asarray(paper(["4"]))])
    assert [reading.text for reading in found] == ["7", "21", "4"]
    assert predict([]) == []
    assert opened == [None]


def test_every_page_of_a_file_can_be_read(tmp_path: Path) -> None:
    paper(["7"]).save(tmp_path / "a.tif", save_all=True, append_images=[paper(["2"])])
    assert [r.text for r in predict([page.picture for page in pages(tmp_path / "a.tif")])] == ["7", "2"]


def test_what_is_sure_can_be_said() -> None:
    assert [predict(paper(["7"]), threshold=t).digits[0].sure for t in (0.3, 1.0)] == [True, False]


def test_the_shipped_reader_is_asked_about_no_piece_once_it_was_cut_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    before = reader.probabilities

    def noted(pieces: Pixels) -> Floats:
        asked.extend(piece.tobytes() for piece in pieces)
        return before(pieces)

    monkeypatch.setattr(reader, "probabilities", noted)
    monkeypatch.setattr(reader, "RARER", 0.0)  # the file itself knows nothing of how rare marks are
    image = paper(["7", "2", "4", "1"])  # of fewer, the reader believes itself less
    itself = predict(image)
    once = len(asked)
    other = predict(image, GuardedEngine(opening.SHIPPED / "reader.onnx"))
    assert once
    assert len(asked) == 2 * once, "another model is asked in its own process, the reader only to cut"
    assert itself.text == other.text == "7241"
    # Of a 1 the reader says also, by its place, that it is no comma and no slash.
    mine, others = ([a.probability for a in r.digits[:2]] for r in (itself, other))
    assert mine == pytest.approx(others, abs=1e-5)


def test_one_picture_is_read_without_parser_or_anything_for_many(tmp_path: Path) -> None:
    paper(["7"]).save(tmp_path / "7.png")
    code = (
        "import sys; sys.argv = ['5x5', 'predict', '7.png']; from fivebyfive.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sorted({m.partition('.')[0] for m in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"torch", "typer", "rich", "pydantic", "multiprocessing", "pypdfium2"}


def test_the_shipped_reader_is_told_from_one_with_another_reader_of_pairs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was kept of another's answers is not gone on with."""
    before = ReaderEngine().fingerprint()
    (tmp_path / "pairs.onnx").write_bytes(reader.PAIRS.read_bytes() + b" ")
    monkeypatch.setattr(reader, "PAIRS", tmp_path / "pairs.onnx")
    assert ReaderEngine().fingerprint() != before
