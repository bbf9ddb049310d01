import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import weight_norm, spectral_norm
from torch.nn.utils.parametrizations import weight_norm as new_weight_norm


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = weight_norm(nn.Conv2d(1, 8, 3))
        self.conv2 = new_weight_norm(nn.Conv2d(8, 8, 3))
        self.fc = spectral_norm(nn.Linear(8 * 12 * 12, 10))

    def forward(self, x):
        x = F.leaky_relu(self.conv1(x), 0.2)
        x = F.leaky_relu(self.conv2(x), 0.2)
        x = F.max_pool2d(x, 2)
        return self.fc(x.view(x.shape[0], -1))
