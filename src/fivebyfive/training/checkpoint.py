"""A training's whole state in one safetensors file: killed at any moment, it goes on to the very same weights.

What a step depends on is saved: weights, the optimizer's state, the random state and the step itself. Batches need
nothing: which images a step takes follows from the seed and the step alone.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from fivebyfive.errors import InputError
from fivebyfive.files import write_atomically

NAME = "state.safetensors"


def save(folder: Path, step: int, seconds: float, network: nn.Module, optimizer: Optimizer) -> None:
    """Write the state after `step`, in one move, over the one before it.

    Args:
        seconds: of training so far.
    """
    folder.mkdir(exist_ok=True)
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
    tensors["random"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    tensors = {name: value.clone().contiguous() for name, value in tensors.items()}  # the format shares no memory
    data = to_bytes(tensors, {"step": str(step), "seconds": repr(seconds)})
    write_atomically(folder / NAME, lambda path: path.write_bytes(data))


def restore(folder: Path, network: nn.Module, optimizer: Optimizer) -> tuple[int, float]:
    """Bring `network`, `optimizer` and the random state back to the saved step: (step, seconds).

    (0, 0.0), and nothing changed, when no state was saved yet.

    Raises:
        InputError: the file is damaged, or belongs to another network.
    """
    path = folder / NAME
    if not path.exists():
        return 0, 0.0
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        network.load_state_dict(_under("network.", tensors))
        optimizer.load_state_dict(
            {"state": _optimizer_state(tensors), "param_groups": optimizer.state_dict()["param_groups"]}
        )
        torch.set_rng_state(tensors["random"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])
        return int(about["step"]), float(about["seconds"])
    except (SafetensorError, OSError, KeyError, RuntimeError, ValueError) as error:
        line = str(error).splitlines()[0]
        raise InputError(f"checkpoint {path} cannot be read ({line}); train anew with another --out") from None


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _optimizer_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _under("optimizer.", tensors).items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    return state
