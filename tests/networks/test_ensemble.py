"""Ensembles answer with the mean of their members' probabilities."""

import pytest
import torch

from fivebyfive.errors import InputError
from fivebyfive.model import Model, load, save
from fivebyfive.networks import as_input, build, create, members
from fivebyfive.networks.fused import fast_forward
from fivebyfive.networks.spec import parse

SIZE = {"height": 28, "width": 28, "channels": 1, "classes": 10}


@pytest.mark.parametrize("name", ["quick", "conv_net"])
def test_an_ensemble_answers_with_the_mean_probability(name: str) -> None:
    torch.manual_seed(0)
    network = create(parse(f"{name}*3"), None, **SIZE).eval()
    x = as_input(torch.randint(0, 256, (4, 28, 28, 1), dtype=torch.uint8), network)
    each = torch.stack([member(x).softmax(1) for member in members(network)])
    assert len(each) == 3
    assert not torch.equal(each[0], each[1])
    torch.testing.assert_close(network(x).softmax(1), each.mean(0))
    torch.testing.assert_close(fast_forward(network)(x).softmax(1), each.mean(0), atol=1e-4, rtol=1e-3)


def test_a_network_alone_is_its_own_only_member() -> None:
    network = build("quick")
    assert members(network) == [network]


def test_an_ensemble_is_saved_and_loaded_as_one_model(tmp_path: pytest.TempPathFactory) -> None:
    network = create(parse("quick*2"), None, **SIZE).eval()
    path = tmp_path / "two.safetensors"  # type: ignore[operator]
    save(path, Model(network, "quick*2", tuple("0123456789"), (28, 28, 1)))
    loaded, x = load(path), torch.rand(2, 1, 28, 28)
    assert loaded.name == "quick*2"
    assert torch.equal(loaded.network(x), network(x))


@pytest.mark.parametrize("name", ["quick*0", "quick*", "quick*100", "quick*2*3", "*3", "nothing*2"])
def test_what_is_no_ensemble_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="not known"):
        create(parse(name), None, **SIZE)
