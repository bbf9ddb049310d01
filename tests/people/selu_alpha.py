import torch.nn as nn


def lecun_normal_(net):
    for p in net.parameters():
        if p.dim() > 1:
            nn.init.kaiming_normal_(p, nonlinearity='linear')
    return net


def SNN(n_in=784, width=48, depth=3, n_out=10):
    layers = [nn.Flatten()]
    for i in range(depth):
        layers += [nn.Linear(n_in if i == 0 else width, width), nn.SELU(), nn.AlphaDropout(0.05)]
    layers.append(nn.Linear(width, n_out))
    return lecun_normal_(nn.Sequential(*layers))
