import torch
from torch import nn, optim
import torch.nn.functional as F

class Network(nn.Module):
    # conv -> bn -> relu -> pool, fc -> bn1d -> relu -> dropout
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8, momentum=0.01)
        self.conv2 = nn.Conv2d(8, 8, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(8, affine=False)
        self.fc1 = nn.Linear(8*5*5, 32, bias=False)
        self.bn3 = nn.BatchNorm1d(32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, t):
        # (1) input layer
        t = t

        # (2) hidden conv layer
        t = self.conv1(t)
        t = self.bn1(t)
        t = F.relu(t)
        t = F.max_pool2d(t, kernel_size=2, stride=2)

        # (3) hidden conv layer
        t = self.conv2(t)
        t = self.bn2(t)
        t = F.relu_(t)
        t = F.max_pool2d(t, kernel_size=2, stride=2)

        # (4) hidden linear layer
        t = t.reshape(-1, 8 * 5 * 5)
        t = self.bn3(self.fc1(t))
        t = F.relu(t)

        # (5) output layer
        t = F.dropout(t, p=.3, training=self.training)
        t = self.fc2(t)
        # t = F.softmax(t, dim=1)

        return t
