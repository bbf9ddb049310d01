"""What the peers that learn photographs have in common: a clock, the weights' names, and what is printed."""

import json
import resource
import time
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()
_first: list[float] = []


def _without_kernels() -> None:
    """torchvision's compiled part is made for one version of PyTorch; without it only its detection is missing."""
    import torch

    register: Any = torch.library.register_fake

    def registered(name: str, *args: Any, **options: Any) -> Any:
        return (lambda f: f) if str(name).startswith("torchvision::") else register(name, *args, **options)

    setattr(torch.library, "register_fake", registered)  # noqa: B010 (it is typed otherwise)


_without_kernels()


def seconds() -> float:
    return time.perf_counter() - BEGUN


def stepped() -> None:
    """A step is taken."""
    if not _first:
        _first.append(seconds())


def weights_for(network: Any, path: str) -> dict[str, Any]:
    """The weights at `path` by the names of `network`: another program's, in the same order."""
    import torch

    held = torch.load(path, weights_only=True)
    own = network.state_dict()
    if [v.shape for v in held.values()] != [v.shape for v in own.values()]:
        raise SystemExit(f"{path} holds weights of another network")
    return dict(zip(own, held.values(), strict=True))


def pictures(folder: str) -> list[Path]:
    return sorted(Path(folder).glob("*/*.jpg"))


def classes(folder: str) -> list[str]:
    return [path.parent.name for path in pictures(folder)]


def report(trained: float, epochs: int, said: list[str], shown: list[str]) -> None:
    """Print what came of it."""
    right = sum(a == b for a, b in zip(said, shown, strict=True)) / len(shown)
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in usage)
    figures = {"first_step": _first[0], "seconds": trained, "processor": cpu, "epochs": epochs, "accuracy": right}
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
