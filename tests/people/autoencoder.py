import torch.nn as nn

class ConvAutoencoder(nn.Module):
    def __init__(self):
        super(ConvAutoencoder, self).__init__()
        ## encoder layers ##
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2),
                                     nn.Conv2d(8, 4, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2))
        ## decoder layers ##
        self.t_conv1 = nn.ConvTranspose2d(4, 8, 2, stride=2)
        self.t_conv2 = nn.ConvTranspose2d(8, 1, 2, stride=2)

    def forward(self, x):
        x = self.encoder(x)
        x = self.t_conv1(x).relu()
        return self.t_conv2(x).sigmoid()
