"""All of a network's state can be kept as tensors, and what cannot be kept is told before anything is learned."""

import pytest
import torch
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.state import load_into, tensors_of


class Remembering(nn.Module):
    """Keeps something else with its weights."""

    def __init__(self, said: object) -> None:
        super().__init__()
        self.weight, self.said = nn.Parameter(torch.rand(3, 2)), said

    def get_extra_state(self) -> object:
        return self.said

    def set_extra_state(self, state: object) -> None:
        self.said = state


@pytest.mark.parametrize("said", [{"version": [2, 1], "name": "ñ"}, "text", 3, None, torch.arange(3)])
def test_what_a_module_keeps_besides_weights_comes_back(said: object) -> None:
    tensors = tensors_of(nn.Sequential(Remembering(said)))
    assert all(isinstance(value, Tensor) for value in tensors.values())
    other = Remembering(torch.zeros(3) if isinstance(said, Tensor) else "another")
    load_into(nn.Sequential(other), tensors)
    assert torch.equal(other.weight, tensors["0.weight"])
    assert torch.equal(other.said, said) if isinstance(said, Tensor) else other.said == said  # type: ignore[arg-type]


@pytest.mark.parametrize("said", [object(), float("nan"), b"bytes", {1, 2}])
def test_what_can_be_kept_neither_as_numbers_nor_as_text_is_told(said: object) -> None:
    with pytest.raises(InputError, match=r"0\._extra_state, which can be saved neither as numbers nor as text"):
        tensors_of(nn.Sequential(Remembering(said)))


@pytest.mark.parametrize(
    "odd", [torch.eye(3).to_sparse(), torch.zeros(2, dtype=torch.complex128), torch.zeros(2, device="meta")]
)
def test_tensors_that_no_file_holds_are_told(odd: Tensor) -> None:
    network = nn.Linear(2, 2)
    network.register_buffer("odd", odd)
    with pytest.raises(InputError, match="odd is a tensor of a sort that no file of weights holds"):
        tensors_of(network)


def test_shared_weights_are_kept_whole() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    network[1].weight = network[0].weight
    one, other = (tensors_of(network)[f"{i}.weight"] for i in (0, 1))
    assert torch.equal(one, other)
    assert one.data_ptr() != other.data_ptr()


def test_another_networks_state_is_refused() -> None:
    with pytest.raises(ValueError, match="something else"):
        load_into(Remembering("x"), {"weight": torch.zeros(3, 2), "_extra_state": torch.zeros(2)})
    with pytest.raises(RuntimeError):
        load_into(Remembering("x"), {"weight": torch.zeros(3, 3)})
