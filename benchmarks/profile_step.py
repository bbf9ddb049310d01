"""Where the time of one training step goes, operation by operation, for fivebyfive and for PyTorch as usually written.

    python benchmarks/profile_step.py [ours|usual]

Processor time of one thread, the median of 15 steps, so that others on the machine hardly change it. The profiles kept
in `profiles/` are what this printed.
"""

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from fivebyfive.memory import keep_freed_memory
from fivebyfive.networks.conv_net import ConvNet
from fivebyfive.training import loop, recipe

sys.path.insert(0, str(Path(__file__).parent / "peers"))

import usual_pytorch

WARM_UP, STEPS, BATCH, LEAST_MS = 5, 15, 128, 0.15
Operation = tuple[str, str]


class Clock(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the processor time of each operation, forward and backward, in the order in which they first run."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.times: dict[Operation, list[float]] = defaultdict(list)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        shapes = " ".join("×".join(map(str, a.shape)) for a in args if isinstance(a, torch.Tensor))
        started = time.thread_time()
        result = func(*args, **(kwargs or {}))
        self.times[str(func), shapes].append(time.thread_time() - started)
        return result


def our_step() -> Callable[[], None]:
    keep_freed_memory()
    network = ConvNet().train()
    return _step(network.fused, loop.optimizer_for(network, recipe.get("classic")), torch.rand(BATCH, 784))


def usual_step() -> Callable[[], None]:
    network = usual_pytorch.network().train()
    return _step(network, torch.optim.Adam(network.parameters(), lr=0.001), torch.rand(BATCH, 1, 28, 28))


def _step(forward: Any, optimizer: torch.optim.Optimizer, x: torch.Tensor) -> Callable[[], None]:
    labels = torch.arange(BATCH) % 10

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(forward(x), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def main() -> None:
    which = sys.argv[1] if len(sys.argv) > 1 else "ours"
    torch.manual_seed(0)
    torch.set_num_threads(1)
    step = our_step() if which == "ours" else usual_step()
    for _ in range(WARM_UP):
        step()
    times: dict[Operation, list[float]] = defaultdict(list)
    calls: dict[Operation, int] = {}
    whole = []
    for _ in range(STEPS):
        started = time.thread_time()
        step()
        whole.append(time.thread_time() - started)
        with Clock() as clock:
            step()
        for operation, seconds in clock.times.items():
            times[operation].append(sum(seconds))
            calls[operation] = len(seconds)
    print(f"python benchmarks/profile_step.py {which}   (PyTorch {torch.__version__}, batch {BATCH}, one thread)\n")
    print("      ms  calls  operation                                     inputs")
    for (name, shapes), seconds_of in times.items():
        if (ms := statistics.median(seconds_of) * 1e3) >= LEAST_MS:
            print(f"{ms:8.2f}  {calls[name, shapes]:5}  {name:44s}  {shapes}")
    parts = sum(statistics.median(s) for s in times.values()) * 1e3
    print(f"\n{parts:8.2f}  all operations, those under {LEAST_MS} ms included")
    print(f"{statistics.median(whole) * 1e3:8.2f}  a whole step without the clock")


if __name__ == "__main__":
    main()
