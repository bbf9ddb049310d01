import torch
import torch.nn as nn
import torch.nn.functional as F


def squash(x):
    lengths2 = x.pow(2).sum(dim=2)
    lengths = lengths2.sqrt()
    x = x * (lengths2 / (1 + lengths2) / (lengths + 1e-8)).view(x.size(0), x.size(1), 1)
    return x


class CapsNet(nn.Module):
    def __init__(self, n_iter=2):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, kernel_size=9, stride=2)
        self.primary = nn.Conv2d(16, 4 * 4, kernel_size=5, stride=2)
        self.W = nn.Parameter(torch.randn(4 * 9, 10, 4, 6) * 0.1)
        self.n_iter = n_iter

    def forward(self, x):
        x = F.relu(self.conv1(x))
        u = self.primary(x).view(x.size(0), 4, 4, -1).permute(0, 1, 3, 2).contiguous().view(x.size(0), -1, 4)
        u = squash(u)
        u_hat = torch.einsum('bic,ijcd->bijd', u, self.W)
        b = torch.zeros(*u_hat.size()[:3], device=x.device)
        for _ in range(self.n_iter):
            c = F.softmax(b, dim=2)
            s = (c.unsqueeze(-1) * u_hat).sum(dim=1)
            v = squash(s)
            b = b + (u_hat * v.unsqueeze(1)).sum(-1)
        return v.norm(dim=-1)
