"""Networks as people write them, one kind each, with the [C, H, W] of their pictures."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .channel_shuffle import ShuffleNet
from .convnext import ConvNeXt
from .dense import DenseNet
from .depthwise import MobileNet
from .dilated import Dilated
from .height_width_channels import HeightWidthChannels
from .inception import InceptionNet
from .mixed import Mixed
from .plain import Plain
from .residual import resnet18, resnet50, small_resnet
from .sequential import net as lenet
from .squeeze_excite import SqueezeExciteNet
from .unet import UNet

__all__ = ["ARCHITECTURES", "OF_LAYERS", "Architecture", "resnet18", "resnet50"]


@dataclass(frozen=True)
class Architecture:
    make: Callable[[], nn.Module]
    shape: tuple[int, int, int]

    def network(self, seed: int = 0) -> nn.Module:
        """In evaluation mode, with weights and statistics that are nowhere 0 or 1 by default."""
        torch.manual_seed(seed)
        network = self.make()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, 0.0, 0.3)
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.normal_(0.0, 0.3)
                module.running_var.uniform_(0.5, 1.5)
        return network.eval()

    def image(self, seed: int = 1) -> Tensor:
        """Values from 0 to 1, [C, H, W]."""
        return torch.rand(self.shape, generator=torch.Generator().manual_seed(seed))


ARCHITECTURES: dict[str, Architecture] = {
    "plain": Architecture(Plain, (3, 32, 32)),
    "residual": Architecture(small_resnet, (3, 64, 48)),
    "dense": Architecture(DenseNet, (3, 17, 16)),
    "inception": Architecture(InceptionNet, (3, 33, 29)),
    "depthwise": Architecture(MobileNet, (3, 32, 32)),
    "squeeze and excite": Architecture(SqueezeExciteNet, (3, 20, 21)),
    "channel shuffle": Architecture(ShuffleNet, (3, 32, 32)),
    "dilated": Architecture(Dilated, (1, 19, 23)),
    "u-shaped": Architecture(UNet, (3, 21, 16)),
    "mixed": Architecture(Mixed, (1, 28, 28)),
    "convnext": Architecture(ConvNeXt, (3, 32, 32)),
    "sequential": Architecture(lambda: deepcopy(lenet), (1, 28, 28)),
    "height, width, channels": Architecture(HeightWidthChannels, (12, 11, 3)),
}
OF_LAYERS = [name for name in ARCHITECTURES if name != "height, width, channels"]
"""Those that are made of PyTorch's layers, and not of functions alone."""
