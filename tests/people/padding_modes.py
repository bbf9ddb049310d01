import torch
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pad = nn.ReflectionPad2d(1)
        self.conv1 = nn.Conv2d(1, 8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=2, padding_mode='circular')
        self.conv3 = nn.Conv2d(8, 8, (3, 1), stride=(2, 1), padding=(1, 0))
        self.norm = nn.GroupNorm(2, 8)
        self.inorm = nn.InstanceNorm2d(8, affine=True)
        self.act = nn.Hardswish()
        self.pool = nn.AdaptiveMaxPool2d((3, 3))
        self.fc = nn.Linear(72, 10)

    def forward(self, x):
        x = self.act(self.norm(self.conv1(self.pad(x))))
        x = self.act(self.inorm(self.conv2(x)))
        x = self.act(self.conv3(x))
        return self.fc(torch.flatten(self.pool(x), 1))
