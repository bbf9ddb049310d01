import argparse
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument('--hidden', type=int, default=32)
parser.add_argument('--epochs', type=int, default=5)
args = parser.parse_args()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(784, args.hidden)
        self.l2 = nn.Linear(args.hidden, 10)

    def forward(self, x):
        return self.l2(F.relu(self.l1(x.view(-1, 784))))
