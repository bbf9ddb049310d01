import torch
import torch.nn as nn

class Normalize(nn.Module):
    def __init__(self, mean=(0.1307,), std=(0.3081,)):
        super(Normalize, self).__init__()
        self.register_buffer('mean', torch.Tensor(mean).view(1, -1, 1, 1))
        self.register_buffer('std', torch.Tensor(std).view(1, -1, 1, 1), persistent=False)
        self.register_buffer('calls', torch.zeros((), dtype=torch.long))

    def forward(self, input):
        return input.sub(self.mean).div(self.std)


class SmallCNN(nn.Module):
    def __init__(self, drop=0.5):
        super(SmallCNN, self).__init__()

        self.num_channels = 1
        self.num_labels = 10

        activ = nn.ReLU(True)
        self.normalize = Normalize()
        self.feature_extractor = nn.Sequential()
        self.feature_extractor.add_module('conv1', nn.Conv2d(self.num_channels, 8, 3))
        self.feature_extractor.add_module('relu1', activ)
        self.feature_extractor.add_module('maxpool1', nn.MaxPool2d(2, 2))
        self.feature_extractor.add_module('conv2', nn.Conv2d(8, 16, 3))
        self.feature_extractor.add_module('relu2', activ)
        self.feature_extractor.add_module('maxpool2', nn.MaxPool2d(2, 2))
        self.classifier = nn.Sequential()
        self.classifier.add_module('fc1', nn.Linear(16 * 5 * 5, 64))
        self.classifier.add_module('drop', nn.Dropout(drop))
        self.classifier.add_module('fc2', nn.Linear(64, self.num_labels))

    def forward(self, input):
        features = self.feature_extractor(self.normalize(input))
        logits = self.classifier(features.view(-1, 16 * 5 * 5))
        return logits
