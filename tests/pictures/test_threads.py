"""A small picture is worked on in one thread, and OpenCV has as many as before when that is done, whatever happened."""

import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import pytest

from fivebyfive.pictures import threads


@pytest.fixture(autouse=True)
def three() -> None:
    cv2.setNumThreads(3)


def test_a_small_picture_has_one_thread_and_a_large_one_all() -> None:
    with threads.for_pixels(90_000):
        assert cv2.getNumThreads() == 1
    with threads.for_pixels(35_000_000):
        assert cv2.getNumThreads() == 3
    assert cv2.getNumThreads() == 3


def test_an_error_leaves_as_many_as_there_were() -> None:
    with pytest.raises(ZeroDivisionError), threads.for_pixels(1):
        _ = 1 // 0
    assert cv2.getNumThreads() == 3


def test_several_pictures_at_a_time_leave_as_many_as_there_were() -> None:
    together = threading.Barrier(8)

    def read(number: int) -> int:
        with threads.for_pixels(number):
            together.wait(10)
            return cv2.getNumThreads()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [1] * 8
    assert cv2.getNumThreads() == 3
