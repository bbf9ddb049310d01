import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    """For center loss: gives the features as well as the answer."""

    def __init__(self):
        super(Net, self).__init__()
        self.conv = nn.Conv2d(1, 8, 5, stride=2)
        self.prelu = nn.PReLU()
        self.ip1 = nn.Linear(8 * 12 * 12, 2)
        self.ip2 = nn.Linear(2, 10, bias=False)

    def forward(self, x):
        x = self.prelu(self.conv(x))
        x = x.view(-1, 8 * 12 * 12)
        ip1 = self.ip1(x)
        ip2 = self.ip2(F.relu(ip1))
        return ip1, F.log_softmax(ip2, dim=1)
