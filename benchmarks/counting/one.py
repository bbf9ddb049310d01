"""One network of the census, in a process of its own: built, explained, examined; the findings as JSON.

    python benchmarks/counting/one.py NAME FILE

`census.py` starts it, with the Python of the census' environment, and ends it where it takes too much.
"""

import json
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from counting import findings, population, reach, shown, timing
from fivebyfive import explain

TIMED_WITH_TORCHLENS = (
    "timm/convnext_atto",
    "timm/densenet121",
    "timm/efficientnet_b0",
    "timm/mixer_s32_224",
    "timm/mobilenetv3_small_050",
    "timm/resnet18",
    "timm/swin_tiny_patch4_window7_224",
    "timm/vit_tiny_patch16_224",
    "transformers/bert",
    "transformers/vit",
)
MEMORY = 10 * 2**30


def examined(name: str) -> dict[str, Any]:
    """All that is found of one network; `failed` says at which stage it ended, if it did."""
    found: dict[str, Any] = {"name": name, "seconds": {}}
    stage = "not built"
    start = time.process_time()

    def next_stage(following: str) -> None:
        nonlocal stage, start
        found["seconds"][stage] = round(time.process_time() - start, 2)
        stage, start = following, time.process_time()

    try:
        member = population.build(name)
        found["parameters"] = sum(p.numel() for p in member.network.parameters())
        next_stage("no plain forward")
        torch.manual_seed(1)
        plain = _tensors(member.call())
        next_stage("not captured")
        trace, outputs = _explained(member)
        found |= {"count": len(trace.steps), "same": _same(plain, outputs)}
        next_stage("not timed")
        found["milliseconds"] = timing.against_plain(member, torchlens=name in TIMED_WITH_TORCHLENS)
        next_stage("not examined")
        examined = findings.examine(trace)
        next_stage("fields not checked")
        found["fields"] = reach.check(member, trace, examined)
        found |= examined.plain()
        next_stage("not shown")
        with tempfile.TemporaryDirectory() as folder:
            found["views"] = shown.views(trace, Path(folder))
        next_stage("")
    except Exception as error:
        found["failed"] = f"{stage}: {findings.sentence(error)}"
        found["traceback"] = traceback.format_exc()
    return found


def _explained(member: population.Member) -> tuple[Any, list[Tensor]]:
    """The trace, and what the network gave meanwhile."""
    outputs: list[Tensor] = []

    def keep(_network: nn.Module, _given: object, made: object) -> None:
        outputs[:] = _tensors(made)

    torch.manual_seed(1)
    with member.network.register_forward_hook(keep):
        return explain(member.network, member.given), outputs


def _tensors(made: object) -> list[Tensor]:
    """Every tensor in what a network gave, in order."""
    if isinstance(made, Tensor):
        return [made]
    values = made.values() if isinstance(made, dict) else made if isinstance(made, (tuple, list)) else []
    return [tensor for value in values for tensor in _tensors(value)]


def _same(plain: list[Tensor], outputs: list[Tensor]) -> bool:
    """Whether both are equal, bit for bit; a NaN is a NaN."""
    pairs = zip(plain, outputs, strict=False)
    return len(plain) == len(outputs) and all(
        a.shape == b.shape and a.numpy().tobytes() == b.numpy().tobytes() for a, b in pairs
    )


def main() -> None:
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    name, file = sys.argv[1:]
    found = examined(name)
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    path = Path(file)
    path.with_suffix(".part").write_text(json.dumps(found))
    path.with_suffix(".part").replace(path)


if __name__ == "__main__":
    main()
