import torch, torch.nn as nn, torch.nn.functional as F
DEVICE = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
KERNEL = 3; PAD = KERNEL // 2
ACT = dict(relu=F.relu, elu=F.elu)

class CNN(nn.Module):
    def __init__(self, act='elu'):
        super(CNN, self).__init__()
        self.c1 = nn.Conv2d(1, 8, KERNEL, padding=PAD); self.c2 = nn.Conv2d(8, 8, KERNEL, padding=PAD)
        self.act = ACT[act]
        self.l = nn.Linear(8*7*7, 10)
        self.to(DEVICE)
    def forward(self, x):
        x = x.to(DEVICE); h = self.act(self.c1(x)); h = F.max_pool2d(h, 2)
        h = self.act(self.c2(h)); h = F.max_pool2d(h, 2)
        return self.l(h.view(len(h), -1))
