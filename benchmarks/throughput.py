"""The post's network beside its peers: how many images a second each program trains on, and reads.

    python benchmarks/throughput.py train     # fivebyfive, PyTorch as usually written, TensorFlow, JAX
    python benchmarks/throughput.py infer     # the same, and ONNX Runtime

All in float32, and fivebyfive in bfloat16 as well where the processor has it. Every program takes batches of bytes from
memory and makes them floats. To train is a whole step: forward, loss, backward, Adam; to read is the class of each
image. Prints a table in Markdown.
"""

import argparse
import sys
from typing import Any

import torch

import environments
from side_by_side import Contender, compare, document, table

BATCH = {"train": 128, "infer": 256}
TITLE = {"train": "Training", "infer": "Inference"}


def contenders(mode: str) -> list[Contender]:
    """Who takes part in "train" or "infer"."""
    here = sys.executable
    programs = [
        Contender("fivebyfive", "ours.py", here, mode),
        Contender("PyTorch as usually written", "usual_pytorch.py", here, mode),
        Contender("TensorFlow", "with_tensorflow.py", environments.python_of("tensorflow"), mode),
        Contender("JAX", "with_jax.py", environments.python_of("jax"), mode),
    ]
    if mode == "infer":
        programs.append(Contender("ONNX Runtime", "with_onnxruntime.py", here, mode))
    if torch.cpu.get_capabilities().get("avx512_bf16"):
        programs.append(Contender("fivebyfive, bfloat16", "ours.py", here, f"{mode} bfloat16"))
    return programs


def measure(mode: str, cores: int = 2, rounds: int = 9, steps: int = 40) -> dict[str, Any]:
    """Every contender's rates in `rounds` rounds of `steps` steps, on `cores` cores."""
    results = compare(contenders(mode), cores, rounds, steps, BATCH[mode])
    how = f"batch {BATCH[mode]}, {cores} cores, {rounds} rounds of {steps} steps"
    return document(results, f"{TITLE[mode]}, {how}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("mode", choices=sorted(BATCH))
    arguments.add_argument("--cores", type=int, default=2, help="how many cores every program may use (default: 2)")
    arguments.add_argument("--rounds", type=int, default=9, help="turns of each program (default: 9)")
    arguments.add_argument("--steps", type=int, default=40, help="steps a turn (default: 40)")
    chosen = arguments.parse_args()
    result = measure(chosen.mode, chosen.cores, chosen.rounds, chosen.steps)
    print(f"{result['title']}; {result['machine']}\n\n{table(result)}")


if __name__ == "__main__":
    main()
