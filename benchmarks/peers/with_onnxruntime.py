"""The post's network in ONNX Runtime, exported from the usual PyTorch program; it reads, it does not train."""

import os
import sys

import numpy as np
import onnxruntime
import torch
from answering import answer
from usual_pytorch import network

_, data, batch = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3])
pixels = data["pixels"].reshape(-1, 1, 28, 28)
torch.onnx.export(
    network().eval(), (torch.zeros(batch, 1, 28, 28),), "network.onnx", input_names=["images"], verbose=False
)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = len(os.sched_getaffinity(0))
session = onnxruntime.InferenceSession("network.onnx", options, providers=["CPUExecutionProvider"])


def infer(steps: int) -> None:
    for step in range(steps):
        first = step * batch % (len(pixels) - batch)
        (logits,) = session.run(None, {"images": pixels[first : first + batch].astype(np.float32) / 255})
        logits.argmax(1)


answer(infer)
