"""A lesson of the gallery: a page that runs a network which has just learned, its drawing, and what is known of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gallery import make
from making import lessons


@pytest.mark.slow
def test_a_lesson_is_made_and_put_into_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = next(one for one in make.ALL if one.name == "perceptron")
    said = make.make(replace(lesson, samples=4_000), tmp_path / "made")
    monkeypatch.setattr(lessons, "MADE", tmp_path / "made")
    found = json.loads((tmp_path / "made" / "perceptron" / "lesson.json").read_text(encoding="utf-8"))
    assert said.startswith("perceptron: 79,510 parameters")
    assert found["accuracy"] > 0.7
    assert found["bytes"] < 1.5e6
    assert 'src="../lessons/perceptron/drawing.svg"' in lessons.cards()
    lessons.lay(tmp_path / "site")
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "site" / "lessons" / "perceptron").iterdir()]
    assert len(texts) == 3
    assert all(str(make.ROOT) not in text for text in texts)  # nothing of this machine


def test_there_are_networks_of_every_sort_each_once() -> None:
    sorts = {"conv_net", "perceptron", "residual", "u-shaped", "depthwise", "attention", "keras", "onnx"}
    names = [lesson.name for lesson in make.ALL]
    assert sorts <= set(names)
    assert len(names) == len(set(names))


def test_a_lesson_of_another_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert make.main(["resnet50"]) == 1
    assert "no such lesson: resnet50; there are conv_net" in capsys.readouterr().err
