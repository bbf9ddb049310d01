import torch.nn as nn


class DictNet(nn.Module):
    def __init__(self, activation='lrelu'):
        super().__init__()
        self.activations = nn.ModuleDict([
            ['lrelu', nn.LeakyReLU()],
            ['prelu', nn.PReLU()],
        ])
        self.layers = nn.ModuleDict({
            'conv': nn.Conv2d(1, 8, 5, stride=2),
            'pool': nn.MaxPool2d(2),
            'flatten': nn.Flatten(),
            'fc': nn.Linear(8 * 6 * 6, 10),
        })
        self.activation = activation

    def forward(self, x):
        x = self.layers['conv'](x)
        x = self.activations[self.activation](x)
        x = self.layers['pool'](x)
        x = self.layers['flatten'](x)
        return self.layers['fc'](x)
