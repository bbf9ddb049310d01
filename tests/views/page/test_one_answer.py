"""A browser shows the very probabilities that `predict` gives, of networks as people write them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fivebyfive.datasets import Dataset
from fivebyfive.explain import explain
from fivebyfive.model import Model
from fivebyfive.prediction.torch_engine import TorchEngine
from support import load_network

from .conftest import Open

PEOPLE = Path(__file__).parents[2] / "people"


@pytest.mark.parametrize("name", ["softmax_layer.py:CNNModel", "sigmoid_end.py:Perceptrons"])
def test_the_page_in_a_browser_and_predict_give_one_answer(
    name: str, digits: Dataset, opened: Open, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model = Model(load_network(f"{PEOPLE / name}").eval(), name, tuple("abcdefghij"), (28, 28, 1))
    image = digits.test.pixels[0]
    explain(model, image).to_html(tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    said = page.eval_on_selector_all(
        ".answer", "bars => bars.map(b => [b.dataset.label, Number(b.dataset.probability)])"
    )
    expected = dict(zip(model.classes, TorchEngine(model).probabilities(image[None])[0].tolist(), strict=True))
    assert {label for label, _ in said} == set(model.classes)
    np.testing.assert_allclose([p for _, p in said], [expected[label] for label, _ in said], rtol=0, atol=1e-4)
