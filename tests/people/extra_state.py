import torch
import torch.nn as nn
import torch.nn.functional as F


class Tokenizer:
    version = (2, 1)


class Net(nn.Module):
    """Remembers the version of its preprocessing with the weights."""

    def __init__(self):
        super().__init__()
        self.version = {"preprocessing": [2, 1], "name": "v2"}
        self.conv = nn.Conv2d(1, 6, 5, stride=2)
        self.fc = nn.Linear(6 * 12 * 12, 10)

    def get_extra_state(self):
        return self.version

    def set_extra_state(self, state):
        self.version = state

    def forward(self, x):
        x = F.relu(self.conv(x))
        return self.fc(x.view(x.size(0), -1))
