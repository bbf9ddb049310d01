"""A training's whole state in one safetensors file: killed at any moment, it goes on to the very same weights.

What a step depends on is saved: weights, the optimizer's state, the random numbers and the step itself. Batches need
nothing: which images a step takes follows from the seed and the step alone.
"""

import contextlib
import math
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from fivebyfive.errors import Failure, InputError
from fivebyfive.files import make_folder, open_plain, remove_unfinished, write_atomically
from fivebyfive.state import load_into, tensors_of
from fivebyfive.training import randomness

NAME = "state.safetensors"
ADAM, MUON = {"step", "exp_avg", "exp_avg_sq"}, {"step", "momentum"}
"""What the optimizers keep of each parameter; beside it may stand its running mean, "average"."""
MOST_TIMES, BESIDE = 4, 16 << 20
"""A file holds at most so many times the network's own bytes, for weights and what the optimizer keeps of each, and so
many more, for names and random numbers."""
State = dict[int, dict[str, Tensor]]


def save(folder: Path, step: int, seconds: float, network: nn.Module, optimizer: Optimizer) -> None:
    """Write the state after `step`, in one move, over the one before it.

    Args:
        seconds: of training so far.
    """
    make_folder(folder)
    tensors = {f"network.{name}": value for name, value in tensors_of(network).items()}
    kept = randomness.tensors()
    for index, values in optimizer.state_dict()["state"].items():
        kept |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
    tensors |= {name: value.clone().contiguous() for name, value in kept.items()}  # the format shares no memory
    data = to_bytes(tensors, {"step": str(step), "seconds": repr(seconds), "random": randomness.text()})
    write_atomically(folder / NAME, lambda path: path.write_bytes(data))


def restore(folder: Path, network: nn.Module, optimizer: Optimizer, steps: int) -> tuple[int, float]:
    """Bring `network`, `optimizer` and the random numbers back to the saved step: (step, seconds).

    (0, 0.0), and nothing changed, when no state was saved yet.

    Args:
        steps: of the whole training.

    Raises:
        InputError: the file is damaged, or belongs to another training; nothing changed.
    """
    path = folder / NAME
    if not path.exists():
        return 0, 0.0
    try:
        expect_size(path, network)
        with safe_open(path, "pt") as file:
            about: dict[str, str] = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        step, seconds = _progress(about, steps)
        weights, state = _under("network.", tensors), _optimizer_state(tensors)
        expect_alike(weights, network)
        _expect_fitting(state, optimizer, step)
        random = randomness.parse(tensors, about.get("random"))
    except (SafetensorError, OSError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
        raise InputError(f"checkpoint {path} cannot be read ({said}); train anew with another --out") from None
    load_into(network, weights)
    give(optimizer, state)
    randomness.restore(random)
    return step, seconds


def give(optimizer: Optimizer, state: State) -> None:
    """Let `optimizer` go on from `state`: each tensor lies in memory as its parameter does, for the fused kernels go
    through both of them in the order of the memory, whatever the order of the dimensions.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    laid_out = {
        index: {
            name: torch.empty_like(parameters[index], dtype=value.dtype).copy_(value) if value.dim() else value
            for name, value in values.items()
        }
        for index, values in state.items()
    }
    optimizer.load_state_dict({"state": laid_out, "param_groups": optimizer.state_dict()["param_groups"]})


def remove(folder: Path) -> None:
    """Remove the state that `save` wrote there, and the folder, unless it holds something else too."""
    if folder.is_symlink() or not folder.is_dir():
        return
    with contextlib.suppress(OSError, Failure):  # what cannot be removed does no harm to a run that is done
        remove_unfinished(folder / NAME)
        (folder / NAME).unlink(missing_ok=True)
        folder.rmdir()


def expect_size(path: Path, network: nn.Module) -> None:
    """Raise if the file, whose tensors are compared in memory, is larger than any state of `network`; or a pipe."""
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
    most = BESIDE + MOST_TIMES * sum(
        value.nbytes for value in network.state_dict().values() if isinstance(value, Tensor)
    )
    if size > most:
        raise ValueError(f"it has {size:,} bytes, and this network's state at most {most:,}")


def _progress(about: dict[str, str], steps: int) -> tuple[int, float]:
    step, seconds = int(about["step"]), float(about["seconds"])
    if not 0 <= step <= steps:
        raise ValueError(f"its step is {step}, of {steps}")
    if not 0 <= seconds < math.inf:
        raise ValueError(f"its seconds are {seconds}")
    return step, seconds


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _optimizer_state(tensors: dict[str, Tensor]) -> State:
    state: State = {}
    for name, value in _under("optimizer.", tensors).items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    return state


def expect_alike(tensors: dict[str, Tensor], network: nn.Module) -> None:
    """Raise unless `tensors` have the names, shapes and types of the network's own."""
    wanted = network.state_dict()
    if strange := sorted(tensors.keys() ^ wanted.keys()):
        raise ValueError(f"{strange[0]} is in only one of it and the network")
    for name, value in wanted.items():
        if isinstance(value, Tensor):  # what else a module keeps has no shape
            _expect_shape(name, tensors[name], value)


def _expect_fitting(state: State, optimizer: Optimizer, step: int) -> None:
    """Raise unless `state` is what `optimizer` may have kept of its parameters after `step`."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    by_muon = {id(p) for p in getattr(optimizer, "hidden", ())}
    for index, values in state.items():
        if not 0 <= index < len(parameters):
            raise ValueError(f"it has a parameter {index}, and the network has {len(parameters)}")
        parameter = parameters[index]
        if values.keys() - {"average"} != (MUON if id(parameter) in by_muon else ADAM):
            raise ValueError(f"parameter {index} was trained by another optimizer")
        for name, value in values.items():
            _expect_shape(f"{name} of parameter {index}", value, torch.zeros(()) if name == "step" else parameter)
        if not 0 <= float(values["step"]) <= step:
            raise ValueError(f"parameter {index} has taken {float(values['step'])} steps, of {step}")


def _expect_shape(name: str, value: Tensor, wanted: Tensor) -> None:
    if (value.shape, value.dtype) != (wanted.shape, wanted.dtype):
        raise ValueError(
            f"{name} is {list(value.shape)}, {value.dtype}; {list(wanted.shape)}, {wanted.dtype} was expected"
        )
