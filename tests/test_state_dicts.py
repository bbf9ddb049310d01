"""State dicts of PyTorch, as people save them: with what stands around them, and never with anything that runs."""

import pickle
import subprocess
import sys
import zipfile
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from fivebyfive import model, state_dicts, weights
from fivebyfive.errors import InputError

NET = """
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(self.bn(self.conv(x)).mean((2, 3)))
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(NET)
    return f"{tmp_path}/net.py:Net"


def _network(spec: str) -> nn.Module:
    found = model.load_own(spec)
    assert isinstance(found, nn.Module)
    return found


def _trained(spec: str) -> dict[str, Tensor]:
    torch.manual_seed(1)
    return {
        name: torch.rand_like(v) if v.is_floating_point() else v + 7 for name, v in _network(spec).state_dict().items()
    }


def _prefixed(prefix: str) -> Callable[[dict[str, Tensor]], Any]:
    return lambda state: {prefix + name: value for name, value in state.items()}


AROUND: Mapping[str, Callable[[dict[str, Tensor]], Any]] = {
    "as it is": lambda state: state,
    "epoch and optimizer": lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"state": {}, "lr": 0.1}},
    "torchvision's references": lambda state: {"model": state, "optimizer": {}, "lr_scheduler": {}, "epoch": 2},
    "torchvision's with its arguments": lambda state: {"model": state, "args": Namespace(lr=0.1, epochs=3)},
    "the tutorial's": lambda state: {"model_state_dict": state, "loss": 0.3, "epoch": 1},
    "DataParallel": _prefixed("module."),
    "compiled": _prefixed("_orig_mod."),
    "compiled in DataParallel": _prefixed("module._orig_mod."),
    "Lightning": lambda state: {
        "state_dict": {**_prefixed("model.")(state), "criterion.weight": torch.ones(2)},
        "epoch": 1, "global_step": 9, "pytorch-lightning_version": "2.0",
        "hyper_parameters": {"lr": 0.1}, "callbacks": {}, "loops": {},
    },
    "averaged": lambda state: {**_prefixed("module.")(state), "n_averaged": torch.tensor(3)},
    "nested": lambda state: {"net": {"state_dict": _prefixed("module.model.")(state)}, "acc": 91.2},
}  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("zipped", [True, False])
def test_weights_are_found_in_what_stands_around_them(tmp_path: Path, spec: str, around: str, zipped: bool) -> None:
    state = _trained(spec)
    torch.save(AROUND[around](state), tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    loaded = model.load_own(spec, tmp_path / "w.pth")
    assert isinstance(loaded, nn.Module)
    assert all(torch.equal(value, state[name]) for name, value in loaded.state_dict().items())
    assert not loaded.training


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "module._orig_mod.model."])
def test_prefixes_are_taken_off_in_safetensors_too(tmp_path: Path, spec: str, prefix: str) -> None:
    state = _trained(spec)
    save_file(_prefixed(prefix)(state), tmp_path / "w.safetensors")
    loaded = model.load_own(spec, tmp_path / "w.safetensors")
    assert isinstance(loaded, nn.Module)
    assert all(torch.equal(value, state[name]) for name, value in loaded.state_dict().items())


def test_a_prefix_of_the_network_is_put_on() -> None:
    assert weights.renamed(["a.w", "b"], ["module.a.w", "module.b"]) == {"module.a.w": "a.w", "module.b": "b"}
    assert weights.renamed(["a.w", "b"], ["c"]) == {"a.w": "a.w", "b": "b"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda state: {k: v for k, v in state.items() if k != "fc.bias"}, "the file lacks fc.bias"),
        (lambda state: state | {"head.weight": torch.ones(1)}, "the file has head.weight, which the network does not"),
        (lambda state: state | {"fc.bias": torch.ones(7)}, r"fc.bias is \[7\] in the file but \[10\] in the network"),
        (lambda state: state | {"fc.bias": torch.ones(10).int()}, "fc.bias holds whole numbers in the file"),
        (lambda state: {"epoch": 3, "best": 0.9}, "holds no weights by their names; it has epoch, best"),
        (lambda state: [1, 2], "holds no weights by their names; save network.state_dict"),
        (lambda state: {}, "holds no weights by their names"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path: Path, spec: str, change: Callable[[Any], Any], says: str) -> None:
    torch.save(change(_trained(spec)), tmp_path / "w.pth")
    with pytest.raises(InputError, match=says) as error:
        model.load_own(spec, tmp_path / "w.pth")
    assert "\n" not in str(error.value)


class _Touch:
    """Leaves a file where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("way", ["plain", "zipped", "not zipped"])
@pytest.mark.parametrize("suffix", [".pth", ".pt", ".bin", ".ckpt"])
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path: Path, spec: str, way: str, suffix: str) -> None:
    marker, file = tmp_path / "it ran", tmp_path / f"w{suffix}"
    if way == "plain":
        file.write_bytes(pickle.dumps(_Touch(marker)))
    else:
        evil = {"state_dict": _trained(spec), "epoch": _Touch(marker)}
        torch.save(evil, file, _use_new_zipfile_serialization=way == "zipped")
    with pytest.raises(InputError, match="a pickle, which is never opened here, for it can run code") as told:
        model.load_own(spec, file)
    assert "\n" not in str(told.value)
    assert not marker.exists()


def test_the_command_refuses_a_malicious_pickle_in_one_line(tmp_path: Path, spec: str) -> None:
    marker, file = tmp_path / "it ran", tmp_path / "w.pth"
    torch.save({"epoch": _Touch(marker)}, file)
    done = subprocess.run(
        [sys.executable, "-m", "fivebyfive", "explain", "--network", spec, "--model", file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "a pickle, which is never opened here, for it can run code" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not marker.exists()


def test_a_whole_network_and_a_scripted_one_say_what_they_are(tmp_path: Path, spec: str) -> None:
    torch.save(_network(spec), tmp_path / "whole.pt")
    with pytest.raises(InputError, match="save the weights alone where you trust it"):
        model.load_own(spec, tmp_path / "whole.pt")
    save: Callable[..., None] = torch.jit.save
    save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "scripted.pt")
    with pytest.raises(InputError, match="is a TorchScript program, whose code is not run here"):
        model.load_own(spec, tmp_path / "scripted.pt")


def test_damage_is_one_line(tmp_path: Path, spec: str) -> None:
    torch.save(_trained(spec), tmp_path / "w.pth")
    data = (tmp_path / "w.pth").read_bytes()
    for cut in (3, 50, len(data) // 2, len(data) - 30):
        (tmp_path / "cut.pth").write_bytes(data[:cut])
        with pytest.raises(InputError) as error:
            model.load_own(spec, tmp_path / "cut.pth")
        assert "\n" not in str(error.value)


def test_a_name_that_is_no_text_is_told_so(tmp_path: Path, spec: str) -> None:
    torch.save(_trained(spec), tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    name = next(iter(_trained(spec))).encode()
    (tmp_path / "w.pth").write_bytes((tmp_path / "w.pth").read_bytes().replace(name, name[:-1] + b"\xd5"))
    with pytest.raises(InputError, match="a name in it is no text"):
        model.load_own(spec, tmp_path / "w.pth")


def test_what_is_packed_smaller_than_it_claims_is_refused(tmp_path: Path, spec: str) -> None:
    torch.save(_trained(spec), tmp_path / "w.pth")
    with (
        zipfile.ZipFile(tmp_path / "w.pth") as file,
        zipfile.ZipFile(tmp_path / "z.pth", "w", zipfile.ZIP_DEFLATED) as to,
    ):
        for entry in file.infolist():
            to.writestr(entry.filename, file.read(entry) + bytes(10_000_000))
    with pytest.raises(InputError, match="compressed within, as torch.save never does"):
        model.load_own(spec, tmp_path / "z.pth")


def test_a_tensor_that_claims_more_than_the_file_has_takes_no_memory(tmp_path: Path, spec: str) -> None:
    class Claims:
        def __reduce__(self) -> tuple[Any, ...]:
            small = torch.zeros(4)
            rebuild: Any = torch._utils._rebuild_tensor_v2
            return rebuild, (small.storage(), 0, (1 << 40,), (1,), False, {})  # type: ignore[no-untyped-call]

    torch.save({"fc.weight": Claims()}, tmp_path / "w.pth")
    with pytest.raises(InputError, match="more than the file has; it is damaged"):
        model.load_own(spec, tmp_path / "w.pth")


def test_what_old_files_did_not_count_is_not_missed(tmp_path: Path, spec: str) -> None:
    state = {name: value for name, value in _trained(spec).items() if not name.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "w.pth")
    loaded = model.load_own(spec, tmp_path / "w.pth")
    assert isinstance(loaded, nn.Module)
    assert torch.equal(loaded.state_dict()["bn.running_mean"], state["bn.running_mean"])


def test_only_files_of_that_name_are_looked_into(tmp_path: Path) -> None:
    torch.save({}, tmp_path / "w.safetensors")
    assert not state_dicts.is_one(tmp_path / "w.safetensors")
