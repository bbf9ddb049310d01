import abc
import torch
import torch.nn as nn
import torch.nn.functional as F


class BaseModel(nn.Module, abc.ABC):
    """Base class for all models"""

    @abc.abstractmethod
    def embed(self, *inputs):
        raise NotImplementedError

    def forward(self, *inputs):
        return F.log_softmax(self.head(self.embed(*inputs)), dim=1)

    def __str__(self):
        model_parameters = filter(lambda p: p.requires_grad, self.parameters())
        params = sum([p.numel() for p in model_parameters])
        return super().__str__() + '\nTrainable parameters: {}'.format(params)


class MnistModel(BaseModel):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.head = nn.Linear(50, num_classes)

    def embed(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.relu(self.fc1(x))
        return F.dropout(x, training=self.training)
