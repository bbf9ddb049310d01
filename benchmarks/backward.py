"""What the way back costs: tracing it against a plain forward and backward, and the sum behind one gradient.

    python benchmarks/backward.py

Each network runs plainly and explained by turns, on one thread: a forward and a backward with `torch.autograd`, an
explanation with a label, and one without; medians of the processor's time, and whether the label's stays within three
times the plain forward and backward plus 100 ms. Then how long the slowest sum of any step, and of any parameter,
takes: one number of each, in the middle and where the gradient is largest.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from architectures import ARCHITECTURES, Architecture, resnet18
from fivebyfive.explain import Step, Trace, explain
from fivebyfive.networks import build

RUNS = 11
RESNET = Architecture(resnet18, (3, 224, 224))


def _seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def compare(name: str, network: nn.Module, image: Tensor, runs: int = RUNS) -> Trace:
    """Print the medians of plain and traced ways back, taken by turns."""
    x = image.permute(1, 2, 0).reshape(1, -1) if getattr(network, "layout", "") == "flat" else image[None]
    label = torch.tensor([1])

    def plain() -> None:
        network.zero_grad()
        F.cross_entropy(network(x), label).backward()  # type: ignore[no-untyped-call]

    plain()
    trace = explain(network, image, label=1)
    ways = (plain, lambda: explain(network, image), lambda: explain(network, image, label=1))
    found = [[_seconds(way) for way in ways] for _ in range(runs)]
    a, b, c = (float(statistics.median(values)) for values in zip(*found, strict=True))
    verdict = "within" if c <= 3 * a + 0.1 else "OVER"
    print(
        f"{name:20} {len(trace):6} {a * 1e3:10.2f} {b * 1e3:10.2f} {c * 1e3:10.2f} {c / a:7.2f}   {verdict} 3× + 100 ms"
    )
    return trace


def slowest(name: str, trace: Trace) -> None:
    """Print how long the slowest sum takes, of steps and of parameters."""
    steps = [(_seconds(lambda s=s: s.back(*_middle(s))), s.name) for s in trace.steps if s.gradient is not None]  # type: ignore[misc]
    parameters = []
    for p in trace.parameters.values():
        if p.gradient is not None:
            index = tuple(int(i) for i in torch.unravel_index(p.gradient.abs().argmax(), p.shape))
            parameters.append((_seconds(lambda p=p, index=index: p.back(*index)), p.name))  # type: ignore[misc]
    (a, step), (b, parameter) = max(steps), max(parameters)
    print(f"{name:20} a value's sum at most {a * 1e3:6.1f} ms ({step}), a weight's {b * 1e3:6.1f} ms ({parameter})")


def _middle(step: Step) -> tuple[int, int, int]:
    height, width, channels = step.size
    return height // 2, width // 2, channels // 2


def main() -> None:
    """Measure, and print two tables."""
    torch.set_num_threads(1)
    print(
        f"processor's milliseconds\n{'':20} {'steps':>6} {'there+back':>10} {'explained':>10} {'with label':>10} "
        f"{'ratio':>7}"
    )
    traces = {name: compare(name, build(name).eval(), torch.rand(1, 28, 28)) for name in ("conv_net", "perceptron")}
    for name in ("residual", "inception", "squeeze and excite", "convnext"):
        traces[name] = compare(name, ARCHITECTURES[name].network(), ARCHITECTURES[name].image())
    traces["ResNet-18 at 224"] = compare("ResNet-18 at 224", RESNET.network(), RESNET.image(), 5)
    print()
    for name, trace in traces.items():
        slowest(name, trace)


if __name__ == "__main__":
    main()
