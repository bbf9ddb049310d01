"""A Kolmogorov-Arnold network: a learned B-spline on every edge, by the recursion of Cox and de Boor."""
import math

import torch
import torch.nn.functional as F


class KANLinear(torch.nn.Module):
    def __init__(self, in_features, out_features, grid_size=4, spline_order=2, grid_range=(-1, 1)):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.grid_size, self.spline_order = grid_size, spline_order
        h = (grid_range[1] - grid_range[0]) / grid_size
        knots = torch.arange(-spline_order, grid_size + spline_order + 1) * h + grid_range[0]
        self.register_buffer("grid", knots.float())
        self.base_weight = torch.nn.Parameter(torch.empty(out_features, in_features))
        self.spline_weight = torch.nn.Parameter(torch.empty(out_features, in_features, grid_size + spline_order))
        self.reset_parameters()

    def reset_parameters(self):
        torch.nn.init.kaiming_uniform_(self.base_weight, a=math.sqrt(5))
        torch.nn.init.normal_(self.spline_weight, std=0.1 / math.sqrt(self.in_features))

    def b_splines(self, x: torch.Tensor):
        x = x.unsqueeze(-1)
        grid = self.grid
        bases = ((x >= grid[:-1]) & (x < grid[1:])).to(x.dtype)
        for k in range(1, self.spline_order + 1):
            left = (x - grid[: -(k + 1)]) / (grid[k:-1] - grid[: -(k + 1)]) * bases[..., :-1]
            right = (grid[k + 1:] - x) / (grid[k + 1:] - grid[1:-k]) * bases[..., 1:]
            bases = left + right
        return bases

    def forward(self, x: torch.Tensor):
        base_output = F.linear(F.silu(x), self.base_weight)
        spline_output = F.linear(
            self.b_splines(x).view(x.size(0), -1),
            self.spline_weight.view(self.out_features, -1),
        )
        return base_output + spline_output


class KAN(torch.nn.Module):
    def __init__(self, layers_hidden=(49, 12, 10)):
        super().__init__()
        self.layers = torch.nn.ModuleList()
        for a, b in zip(layers_hidden, layers_hidden[1:]):
            self.layers.append(KANLinear(a, b))

    def forward(self, x):
        x = F.avg_pool2d(x, 4).flatten(1)
        for layer in self.layers:
            x = layer(x)
        return x
