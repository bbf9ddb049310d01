import torch
import torch.nn as nn
import torch.nn.functional as F


class CNN(nn.Module):
    def __init__(self, verbose=True):
        super(CNN, self).__init__()
        self.verbose = verbose
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.fc = nn.Linear(4 * 13 * 13, 10)

    def forward(self, x):
        if self.verbose: print("input:", x.shape)
        x = F.relu(self.conv(x))
        if self.verbose: print("after conv:", x.shape)
        x = x.view(x.shape[0], -1)
        if self.verbose: print("flat:", x.shape)
        return self.fc(x)
