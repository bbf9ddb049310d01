"""What a model says of a picture becomes text in reading order; doubt is shown and nothing is made up."""

import json

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fivebyfive import model as models
from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture
from fivebyfive.pictures.preparation import DIGITS, WHOLE
from fivebyfive.pictures.prepare import Part, Prepared, PreparedLine, prepare
from fivebyfive.prediction import predict
from fivebyfive.prediction.engine import Floats, Pixels
from fivebyfive.prediction.onnx_engine import softmax
from fivebyfive.prediction.reading import answered, picture_of, read
from fivebyfive.prediction.torch_engine import TorchEngine


class Fixed:
    """A model that always gives the same answers."""

    def __init__(self, rows: list[list[float]], classes: tuple[str, ...], preparation: str = DIGITS) -> None:
        self.rows, self.classes, self.preparation = np.array(rows, np.float32), classes, preparation
        self.shape, self.fit = (28, 28, 1), "crop"

    def probabilities(self, images: Pixels) -> Floats:
        assert images.shape == (len(self.rows), *self.shape)
        return self.rows

    def fingerprint(self) -> str:
        return "fixed"


def some(count: int, rows: tuple[int, ...] | None = None) -> Prepared:
    parts = [(Part((10 * i, 0, 8, 20)), (rows or (0,) * count)[i]) for i in range(count)]
    lines = (PreparedLine(tuple(p for p, r in parts if r == row), row) for row in sorted({row for _, row in parts}))
    return Prepared(np.zeros((count, 28, 28, 1), np.uint8), tuple(lines))


def test_rows_become_lines_and_the_document_is_plain_json() -> None:
    engine = Fixed([[0.9, 0.1], [0.05, 0.95], [0.99, 0.01]], ("1", "2"))
    reading = answered(some(3, (0, 0, 1)), engine.rows, engine)
    assert reading.text == "12\n1"
    document = json.loads(json.dumps(reading.as_json()))
    second = {"label": "2", "probability": pytest.approx(0.95), "sure": True, "box": [10, 0, 8, 20]}
    assert document["digits"][1] == second
    assert document["lines"][0] == {
        "text": "12", "lowest": pytest.approx(0.9), "sure": True, "box": [0, 0, 18, 20], "row": 0, "column": 0
    }  # fmt: skip


def test_what_the_model_takes_for_no_digit_is_left_out() -> None:
    engine = Fixed([[0.9, 0.0, 0.1], [0.05, 0.0, 0.95], [0.15, 0.1, 0.75]], ("1", "2", "none"))
    reading = answered(some(3), engine.rows, engine)
    assert reading.text == "1"
    assert [one.box[0] for one in reading.unread] == [10, 20]


def test_a_digit_that_may_be_none_is_shown_with_its_doubt() -> None:
    engine = Fixed([[0.1, 0.3, 0.6]], ("1", "2", "none"))
    (only,) = answered(some(1), engine.rows, engine).digits
    assert (only.label, only.sure) == ("2", False)
    assert only.probability == pytest.approx(0.3)


def test_one_doubtful_digit_is_shown_with_its_doubt() -> None:
    engine = Fixed([[0.3, 0.29]], ("1", "2"))
    (only,) = answered(some(1), engine.rows, engine).digits
    assert not only.sure


def test_a_blank_page_has_no_digit() -> None:
    sheet = Picture(np.full((200, 300, 1), 230, np.uint8), 300, 200)
    assert read(sheet, Fixed([], ("1", "2"))).as_json() == {"text": "", "digits": [], "lines": [], "unread": []}


def test_a_model_of_other_classes_names_the_whole_picture() -> None:
    colour = Picture(np.zeros((50, 80, 3), np.uint8), 800, 500)
    (only,) = read(colour, Fixed([[0.1, 0.9]], ("cat", "dog"), WHOLE)).digits
    assert (only.label, only.box) == ("dog", (0, 0, 800, 500))


def test_boxes_are_in_the_pixels_of_the_file() -> None:
    sheet = np.full((200, 200, 1), 240, np.uint8)
    sheet[50:150, 95:105] = 20
    (box,) = prepare(Picture(sheet, 800, 800), DIGITS, (28, 28, 1)).boxes
    assert np.allclose(box, (380, 200, 40, 400), atol=16)


def test_raw_takes_the_picture_as_it_is_and_only_at_its_size() -> None:
    tiny = np.random.default_rng(0).integers(0, 256, (28, 28, 1), np.uint8)
    assert np.array_equal(prepare(Picture(tiny, 28, 28), DIGITS, (28, 28, 1), raw=True).images[0], tiny)
    with pytest.raises(InputError, match="28×28"):
        prepare(Picture(np.zeros((30, 28, 1), np.uint8), 28, 30), DIGITS, (28, 28, 1), raw=True)


def test_a_digit_of_mnist_is_taken_as_it_is() -> None:
    digit = np.zeros((28, 28, 1), np.uint8)
    digit[6:22, 13:15] = 255
    assert np.array_equal(prepare(Picture(digit, 28, 28), DIGITS, (28, 28, 1)).images[0], digit)


@pytest.mark.parametrize("wrong", [3, np.zeros((2, 2, 2), np.uint8), np.zeros((4, 4), np.complex64)])
def test_what_is_no_picture_is_said_so(wrong: object) -> None:
    with pytest.raises(InputError, match="was expected as picture"):
        picture_of(wrong)


def test_a_picture_may_be_an_image_or_an_array() -> None:
    grey: npt.NDArray[np.uint8] = np.arange(200, dtype=np.uint8).reshape(10, 20)
    assert np.array_equal(picture_of(Image.fromarray(grey)).pixels, picture_of(grey).pixels)


def test_a_model_an_engine_and_its_name_are_asked_alike(digits: Dataset) -> None:
    image, own = digits.test.pixels[0], models.load("conv_net")
    asked = [predict(image, model) for model in (own, TorchEngine(own), "conv_net")]
    assert [reading.text for reading in asked] == [str(digits.test.labels[0])] * 3
    assert asked[0] == asked[1] == asked[2]


def test_softmax_is_safe_for_large_values() -> None:
    assert np.allclose(softmax(np.array([[1000.0, 1000.0]], np.float32)), 0.5)


def test_why_nothing_was_read_of_a_crowded_picture_is_noted() -> None:
    sheet = np.full((1000, 1000, 1), 255, np.uint8)
    y, x = np.mgrid[0:1000, 0:1000] % 16
    sheet[(y < 8) & (x < 8)] = 0
    reading = read(Picture(sheet, 1000, 1000), Fixed([], ("1", "2")))
    assert reading.digits == ()
    assert "shapes are too many to be read" in reading.note
    assert reading.as_json() == {"text": "", "digits": [], "lines": [], "unread": [], "note": reading.note}


def test_deep_pixels_are_read_over_their_own_range() -> None:
    dark, spread = np.full((200, 200, 1), 2, np.uint8), np.full((200, 200, 1), 240, np.uint8)
    spread[50:150, 95:105] = 20
    assert len(prepare(Picture(dark, 200, 200, spread), DIGITS, (28, 28, 1)).images) == 1
    whole = prepare(Picture(dark, 200, 200, spread), WHOLE, (28, 28, 1)).images
    assert int(whole.max()) == 2
