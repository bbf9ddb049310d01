"""PyTorch's AdamW as it is, without PyTorch's compiler.

Every optimizer of PyTorch's loads `torch._dynamo` when it is made, and again asks it at each step, to keep itself out
of graphs that `torch.compile` makes. Steps are never compiled here, and that import is a second of every training's
start; so the methods are taken as they were before they were wrapped for it.
"""

from inspect import unwrap

import torch


class AdamW(torch.optim.AdamW):
    """AdamW, whose methods do what PyTorch's do and nothing else."""

    add_param_group = unwrap(torch.optim.AdamW.add_param_group)
    state_dict = unwrap(torch.optim.AdamW.state_dict)
    load_state_dict = unwrap(torch.optim.AdamW.load_state_dict)
    zero_grad = unwrap(torch.optim.AdamW.zero_grad)
    step = torch.no_grad()(unwrap(torch.optim.AdamW.step))
