import torch
import torch.nn as nn


class MLP(nn.Module):
    def __init__(self, sizes=(784, 64, 32, 10), p=0.2):
        super().__init__()
        self.layers = nn.ModuleList()
        for i, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:])):
            self.layers.append(nn.Linear(n_in, n_out))
        self.norms = nn.ModuleList(nn.BatchNorm1d(n) for n in sizes[1:-1])
        self.p = p

    def forward(self, x):
        x = x.flatten(1)
        for layer, norm in zip(self.layers[:-1], self.norms):
            x = torch.relu(norm(layer(x)))
            x = nn.functional.dropout(x, self.p, self.training)
        return self.layers[-1](x)
