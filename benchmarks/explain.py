"""What explaining costs: capture against a plain forward, and a ResNet-18 at 224×224 in time and memory.

    python benchmarks/explain.py

Each network runs plainly and captured by turns, on one thread; medians of the processor's time of both, and whether
capture stays within three times the plain forward plus 50 ms. Receptive fields are timed for long rows of layers.
Memory is measured in a process of its own, against the sum of all steps' outputs; traces that nobody holds any more
must not add to it.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from architectures import ARCHITECTURES, Architecture, resnet18
from architectures.residual import ResNet
from fivebyfive.explain import explain
from fivebyfive.networks import build

RUNS = 15
RESNET = Architecture(resnet18, (3, 224, 224))
DEEP = Architecture(partial(ResNet, (7, 7, 7, 7), 8, 10), (3, 64, 48))


def _seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def compare(name: str, network: nn.Module, image: torch.Tensor, runs: int = RUNS) -> float:
    """Print the medians of `runs` plain and captured forwards, taken by turns; what capture takes, in plain ones."""
    x = image.permute(1, 2, 0).reshape(1, -1) if getattr(network, "layout", "") == "flat" else image[None]

    def plain() -> None:
        with torch.no_grad():
            network(x)

    plain()
    steps = len(explain(network, image))
    pairs = [(_seconds(plain), _seconds(lambda: explain(network, image))) for _ in range(runs)]
    a, b = (float(statistics.median(values)) for values in zip(*pairs, strict=True))
    verdict = "within" if b <= 3 * a + 0.05 else "OVER"
    print(f"{name:20} {steps:6} {a * 1e3:9.2f} {b * 1e3:9.2f} {b / a:7.2f}   {verdict} 3× + 50 ms")
    return b / a


def fields(layers: int) -> None:
    """Print how long the receptive fields of so many layers in a row take: the time grows with the steps."""
    row = [nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU()] * (layers // 3)
    steps = explain(nn.Sequential(*row).eval(), torch.rand(2, 32, 32)).steps
    print(f"receptive fields of {len(steps)} steps: {_seconds(lambda: [step.receptive_field for step in steps]):.2f} s")


def memory() -> None:
    """Print how much a trace of ResNet-18 adds to the process' peak, beside the sum of its activations."""
    network, image = RESNET.network(), RESNET.image()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = _memory("VmRSS")
    trace = explain(network, image)
    added = _memory("VmHWM") - before
    for _ in range(4):
        trace = explain(network, image)
    five = _memory("VmHWM") - before
    activations = sum(step.output.numel() * step.output.element_size() for step in trace.steps) / 2**20
    limit = 2 * activations + 500
    verdict = "within" if added < limit else "OVER"
    print(
        f"ResNet-18 memory: {added:.0f} MB more at the peak; activations {activations:.0f} MB; {verdict} {limit:.0f} MB"
    )
    print(f"five after each other, the last one held: {five:.0f} MB more")


def _memory(which: str) -> float:
    """A line of this process' status, in MB; Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which)) / 1024


def main() -> None:
    torch.set_num_threads(1)
    print(f"processor's milliseconds\n{'':20} {'steps':>6} {'plain':>9} {'captured':>9} {'ratio':>7}")
    ratios = [compare(name, build(name).eval(), torch.rand(1, 28, 28)) for name in ("conv_net", "perceptron")]
    ratios += [compare(name, one.network(), one.image()) for name, one in ARCHITECTURES.items()]
    ratios.append(compare("deep residual", DEEP.network(), DEEP.image()))
    ratios.append(compare("ResNet-18 at 224", RESNET.network(), RESNET.image(), 5))
    print(f"the median of the ratios: {statistics.median(ratios):.2f}")
    network, image = RESNET.network(), RESNET.image()
    print(f"ResNet-18 at 224, the first time: {_seconds(lambda: explain(network, image)):.2f} s (limit 3 s)")
    described = explain(network, image)
    print(f"its description with receptive fields: {_seconds(described.description):.2f} s")
    for layers in (300, 750, 1500):
        fields(layers)
    subprocess.run([sys.executable, __file__, "--memory"], check=True)


if __name__ == "__main__":
    memory() if "--memory" in sys.argv else main()
