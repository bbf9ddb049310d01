"""The post's network as PyTorch's tutorials write it: modules, N,C,H,W, Adam with its defaults."""

import sys

import numpy as np
import torch
from answering import answer
from torch import nn


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(7 * 7 * 64, 1024),
        nn.ReLU(),
        nn.Dropout(0.25),
        nn.Linear(1024, 10),
    )


def main() -> None:
    mode, data, batch = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3])
    pixels, labels = torch.from_numpy(data["pixels"]).view(-1, 1, 28, 28), torch.from_numpy(data["labels"])
    torch.manual_seed(0)
    model = network()
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

    def train(steps: int) -> None:
        model.train()
        for step in range(steps):
            first = step * batch % (len(pixels) - batch)
            x, y = pixels[first : first + batch].float() / 255, labels[first : first + batch]
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()

    @torch.inference_mode()
    def infer(steps: int) -> None:
        model.eval()
        for step in range(steps):
            first = step * batch % (len(pixels) - batch)
            model(pixels[first : first + batch].float() / 255).argmax(1)

    answer(train if mode == "train" else infer)


if __name__ == "__main__":
    main()
