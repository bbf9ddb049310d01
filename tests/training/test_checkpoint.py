"""A checkpoint that is damaged, or of another training, is one sentence, and nothing is changed by trying it."""

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from fivebyfive.datasets import Dataset
from fivebyfive.errors import InputError
from fivebyfive.training import checkpoint
from fivebyfive.training.run import resume

Tensors = dict[str, Tensor]
About = dict[str, str]


def _random(change: Callable[[dict[str, Any]], object]) -> Callable[[Tensors, About], None]:
    def damage(_tensors: Tensors, about: About) -> None:
        said = json.loads(about["random"])
        change(said)
        about["random"] = json.dumps(said)

    return damage


DAMAGES: dict[str, Callable[[Tensors, About], Any]] = {
    "no metadata": lambda _, about: about.clear(),
    "no step": lambda _, about: about.pop("step"),
    "no seconds": lambda _, about: about.pop("seconds"),
    "step is no number": lambda _, about: about.update(step="four"),
    "negative step": lambda _, about: about.update(step="-1"),
    "step beyond the end": lambda _, about: about.update(step="10"),
    "huge step": lambda _, about: about.update(step="9" * 5000),
    "step before the optimizer's": lambda _, about: about.update(step="1"),
    "NaN seconds": lambda _, about: about.update(seconds="nan"),
    "infinite seconds": lambda _, about: about.update(seconds="inf"),
    "negative seconds": lambda _, about: about.update(seconds="-1"),
    "no random state": lambda tensors, _: tensors.pop("random"),
    "random state of floats": lambda tensors, _: tensors.update(random=tensors["random"].float()),
    "random state too short": lambda tensors, _: tensors.update(random=tensors["random"][:-1].clone()),
    "random state of anything": lambda tensors, _: tensors.update(random=torch.full_like(tensors["random"], 255)),
    "others' random state is no JSON": lambda _, about: about.update(random="{"),
    "others' random state is a list": lambda _, about: about.update(random="[]"),
    "others' random state has no end": lambda _, about: about.update(random="[" * 100_000),
    "NumPy's position is out of range": _random(lambda said: said["numpy"].__setitem__(2, 10**6)),
    "NumPy's numbers are too few": _random(lambda said: said["numpy"].__setitem__(1, [1] * 5)),
    "NumPy's numbers are too large": _random(lambda said: said["numpy"].__setitem__(1, [2**40] * 624)),
    "NumPy's generator is another": _random(lambda said: said["numpy"].__setitem__(0, "PCG64")),
    "Python's numbers are too few": _random(lambda said: said["python"].__setitem__(1, [1] * 5)),
    "Python's next number is text": _random(lambda said: said["python"].__setitem__(2, "0.5")),
    "Python's version is another": _random(lambda said: said["python"].__setitem__(0, 9)),
    "a weight of another shape": lambda tensors, _: tensors.update({"network.weights.h1": torch.zeros(2, 2)}),
    "a weight of another type": lambda tensors, _: tensors.update({"network.weights.h1": torch.zeros(784, 256).int()}),
    "a weight too many": lambda tensors, _: tensors.update({"network.more": torch.zeros(2)}),
    "no weights": lambda tensors, _: [tensors.pop(name) for name in list(tensors) if name.startswith("network.")],
    "optimizer's key is no number": lambda tensors, _: tensors.update({"optimizer.one.step": torch.zeros(())}),
    "optimizer's key has no name": lambda tensors, _: tensors.update({"optimizer.1": torch.zeros(())}),
    "optimizer's key is negative": lambda tensors, _: tensors.update({"optimizer.-1.step": torch.zeros(())}),
    "a parameter that is not there": lambda tensors, _: tensors.update({"optimizer.99.step": torch.zeros(())}),
    "optimizer's state of another shape": lambda tensors, _: tensors.update({"optimizer.0.exp_avg": torch.zeros(3)}),
    "optimizer's state without a part": lambda tensors, _: tensors.pop("optimizer.0.exp_avg"),
    "another optimizer's state": lambda tensors, _: tensors.update({"optimizer.0.momentum_buffer": torch.zeros(3)}),
    "optimizer's step is no number": lambda tensors, _: tensors.update({"optimizer.0.step": torch.tensor(torch.nan)}),
    "optimizer's step is a list": lambda tensors, _: tensors.update({"optimizer.0.step": torch.zeros(3)}),
}  # fmt: skip


def large(path: Path) -> None:
    """Right so far as it goes, and with zeros that take no room on the disk: in memory they would take 64 GiB."""
    head = json.dumps({"network.more": {"dtype": "U8", "shape": [64 << 30], "data_offsets": [0, 64 << 30]}}).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head)
    os.truncate(path, 8 + len(head) + (64 << 30))


@pytest.mark.parametrize(
    ("make", "says"), [(os.mkfifo, "no ordinary file"), (os.mkdir, ""), (large, "has 68,.* bytes")]
)
def test_what_is_no_state_at_all_is_told_before_it_is_read(
    stopped: Path, few: Dataset, make: Callable[[Path], object], says: str
) -> None:
    path = stopped / "checkpoint" / checkpoint.NAME
    path.unlink()
    make(path)
    with pytest.raises(InputError, match=rf"^checkpoint .* cannot be read \(.*{says}.*\); train anew"):
        resume(stopped, data=few)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_one_sentence_and_nothing_is_lost(
    stopped: Path, few: Dataset, damage: Callable[[Tensors, About], Any]
) -> None:
    path = stopped / "checkpoint" / checkpoint.NAME
    with safe_open(path, "pt") as file:
        about: About = dict(file.metadata())
        tensors: Tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    damage(tensors, about)
    save_file(tensors, path, about or None)
    before = {p.name: p.read_bytes() for p in stopped.rglob("*") if p.is_file()}
    says = r"^checkpoint .* cannot be read \(.+\); train anew with another --out$"
    with pytest.raises(InputError, match=says) as error:
        resume(stopped, data=few)
    assert "\n" not in str(error.value)
    assert {p.name: p.read_bytes() for p in stopped.rglob("*") if p.is_file()} == before


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of a small network, after one step."""
    place = tmp_path_factory.mktemp("state")
    network, optimizer = small()
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    checkpoint.save(place, 1, 0.5, network, optimizer)
    return (place / checkpoint.NAME).read_bytes()


def small() -> tuple[nn.Module, torch.optim.Optimizer]:
    network = nn.Linear(2, 3)
    return network, torch.optim.Adam(network.parameters())


@settings(deadline=None, max_examples=200)
@given(at=st.integers(0, 20_000), put=st.binary(max_size=30), instead_of=st.integers(0, 30))
def test_any_change_of_its_bytes_is_a_state_or_one_sentence_that_changes_nothing(
    state: bytes, tmp_path_factory: pytest.TempPathFactory, at: int, put: bytes, instead_of: int
) -> None:
    place = tmp_path_factory.mktemp("changed")
    (place / checkpoint.NAME).write_bytes(state[:at] + put + state[at + instead_of :])
    network, optimizer = small()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    try:
        step, seconds = checkpoint.restore(place, network, optimizer, 10)
    except InputError as told:
        said = str(told)
    else:
        assert 0 <= step <= 10
        assert 0 <= seconds < math.inf
        optimizer.step()  # what was restored can be gone on with
        return
    assert said.startswith("checkpoint ")
    assert "\n" not in said
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not optimizer.state_dict()["state"]
