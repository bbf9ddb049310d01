"""Ruled lines are found; what is costly is done once, however many there are."""

import cv2
import numpy as np
import pytest

from fivebyfive.pictures import ruling


def ruled(pitch: int, squared: bool) -> ruling.Floats:
    amount = np.zeros((600, 800), np.float32)
    amount[np.arange(600) % pitch < 2] = 0.3
    if squared:
        amount[:, np.arange(800) % pitch < 2] = 0.3
    return amount


@pytest.mark.parametrize("squared", [False, True])
def test_ruled_lines_are_removable_and_what_is_written_over_them_is_not(squared: bool) -> None:
    amount = ruled(50, squared)
    cv2.line(amount, (125, 125), (325, 325), 0.9, 12)
    found = ruling.find(amount, 0.05)
    lines = ruled(50, squared) > 0
    written = amount > 0.8
    assert found.removable[lines & ~written].mean() > 0.9
    assert found.removable[written].mean() < 0.05


def test_a_hundred_lines_take_one_look_at_all_runs_a_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    plain = ruling._middles

    def counted(thin: ruling.Mask) -> object:
        looked.append(thin.shape)
        return plain(thin)

    monkeypatch.setattr(ruling, "_middles", counted)
    assert ruling.find(ruled(12, squared=True), 0.05).level.any()
    assert len(looked) == 2


def test_where_no_line_is_nothing_is_removable() -> None:
    assert not ruling.find(np.zeros((60, 80), np.float32), 0.05).removable.any()
