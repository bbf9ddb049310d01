"""Windows with gaps, padding that mirrors, repeats and goes around. After Yu & Koltun 2015, arXiv:1511.07122."""

# mypy: disable-error-code="no-any-return"

import torch
from torch import Tensor, nn


class Dilated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding="same")
        self.conv2 = nn.Conv2d(4, 4, 3, padding=2, dilation=2, padding_mode="reflect")
        self.conv3 = nn.Conv2d(4, 4, 3, padding=(4, 3), dilation=(4, 3), padding_mode="circular")
        self.conv4 = nn.Conv2d(4, 6, (4, 2), padding="same", padding_mode="replicate")
        self.act = nn.PReLU(6)
        self.pool = nn.AdaptiveMaxPool2d((3, 2))
        self.out = nn.Linear(36, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.conv1(x))
        x = nn.functional.leaky_relu(self.conv2(x), 0.1)
        x = nn.functional.elu(self.conv3(x))
        x = self.pool(self.act(self.conv4(x)))
        return torch.log_softmax(self.out(x.flatten(1)), dim=-1)
