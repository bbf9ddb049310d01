"""fivebyfive's own training loop and evaluation, as `5x5 train` and `5x5 evaluate` run them."""

import dataclasses
import sys

import numpy as np
import torch
from answering import answer

from fivebyfive.datasets import Images
from fivebyfive.memory import keep_freed_memory
from fivebyfive.networks import as_input
from fivebyfive.networks.conv_net import ConvNet
from fivebyfive.networks.fused import fast_forward
from fivebyfive.progress import Progress
from fivebyfive.training import loop, recipe

mode, _, precision = sys.argv[1].partition(" ")
data, batch = np.load(sys.argv[2]), int(sys.argv[3])
images = Images(data["pixels"].reshape(-1, 28, 28, 1), data["labels"])
torch.manual_seed(0)
network = ConvNet()


class Nobody:
    """A watcher with nothing to do."""

    def stepped(self, step: int, seconds: float) -> bool:  # noqa: ARG002
        return False

    def displayed(self, progress: Progress) -> None: ...


def trainer() -> None:
    classic = recipe.get("classic", batch_size=batch, display_step=1 << 40, precision=precision or "float32")
    optimizer = loop.optimizer_for(network, classic)
    done = 0

    def train(steps: int) -> None:
        nonlocal done
        until = dataclasses.replace(classic, samples=(done + steps + 1) * batch)
        done, _ = loop.run(network, optimizer, images, until, seed=0, watcher=Nobody(), first_step=done)

    answer(train)


def reader() -> None:
    keep_freed_memory()
    pixels = torch.from_numpy(images.pixels)
    forward = fast_forward(network.eval())

    @torch.inference_mode()
    def read(steps: int) -> None:
        for step in range(steps):
            first = step * batch % (len(pixels) - batch)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                forward(as_input(pixels[first : first + batch], network)).argmax(1)

    answer(read)


trainer() if mode == "train" else reader()
