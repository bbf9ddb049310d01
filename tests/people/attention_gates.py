"""U-shaped, with gates on the way across; the classes come from the top of the way up."""
import torch
import torch.nn as nn


class AttentionGate(nn.Module):
    def __init__(self, g_ch, x_ch, inner):
        super().__init__()
        self.wg = nn.Sequential(nn.Conv2d(g_ch, inner, 1), nn.BatchNorm2d(inner))
        self.wx = nn.Sequential(nn.Conv2d(x_ch, inner, 1), nn.BatchNorm2d(inner))
        self.psi = nn.Sequential(nn.Conv2d(inner, 1, 1), nn.BatchNorm2d(1), nn.Sigmoid())
        self.relu = nn.ReLU(inplace=True)

    def forward(self, g, x):
        alpha = self.psi(self.relu(self.wg(g) + self.wx(x)))
        return x * alpha


def double_conv(a, b):
    return nn.Sequential(
        nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True),
        nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True),
    )


class AttUNetClassifier(nn.Module):
    def __init__(self, img_ch=1, num_classes=10):
        super().__init__()
        self.down1 = double_conv(img_ch, 6)
        self.down2 = double_conv(6, 12)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(12, 6, kernel_size=2, stride=2)
        self.gate = AttentionGate(6, 6, 4)
        self.merge = double_conv(12, 8)
        self.head = nn.Linear(8, num_classes)

    def forward(self, x):
        d1 = self.down1(x)
        d2 = self.down2(self.pool(d1))
        u = self.up(d2)
        u = self.merge(torch.cat((self.gate(u, d1), u), dim=1))
        return self.head(u.amax(dim=(-2, -1)))
