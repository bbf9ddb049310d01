"""What a network shows of itself while it learns: its small layers' weights, some pictures' maps and its answers.

Nothing is known of any particular network. `scout` lets one picture through and looks at every operation on the way:
what a convolution or a product took for its weights says which parameter that is, and in which order it lies, however
the code turned it before. Asking changes nothing in a network: neither its weights, nor its mode, nor the random
numbers of what comes after.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from fivebyfive.networks import as_input, members
from fivebyfive.networks.fused import fast_forward
from fivebyfive.outputs import as_logits
from fivebyfive.state import untouched
from fivebyfive.views.page.film import Layer

MOST_WEIGHTS = 1 << 17
"""Weights of a layer that is shown."""
MOST_IN_ALL = 1 << 18
WITH_MAPS = 2
"""Layers of which maps are shown, the first ones, and the numbers that those of one picture may have."""
MOST_MAPS = 1 << 18
SIDE = 64
"""Of a filter, at most: what is larger is no filter but a picture."""

aten = torch.ops.aten
Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Place:
    """Where a layer's weights lie: in which parameter, and how it is turned to be [out, in, height, width]."""

    layer: Layer
    stride: tuple[int, int, int, int]
    convolves: bool

    def weights(self, parameter: Tensor) -> Numbers:
        """The layer's weights, of the parameter's values; or of another tensor that lies as it does."""
        held = parameter.detach().contiguous().as_strided(self.layer.shape, self.stride)
        found: Numbers = held.float().cpu().numpy()
        return found


@dataclass(frozen=True)
class Shown:
    """What a network gave for some pictures.

    Attributes:
        answers: probabilities, [K, classes].
        maps: by layer, of the first pictures, [P, channels, height, width].
    """

    answers: Numbers
    maps: Mapping[str, Numbers]


def scout(network: nn.Module, pictures: npt.NDArray[np.uint8]) -> tuple[Place, ...]:
    """The layers that can be shown, in the order in which a picture meets them.

    Args:
        pictures: uint8 [K, H, W, C]; one is enough.
    """
    watch = _Watch(network)
    _forward(network, pictures[:1], network, watch)
    size, flat = pictures.shape[1:], _first(network)
    found: list[Place] = []
    for name, (shape, stride, convolves) in watch.used.items():
        seen = not found and not convolves and shape[1] == int(np.prod(size))
        place = _as_picture(name, shape, stride, size, flat) if seen else None
        found.append(place or Place(Layer(name, shape), stride, convolves))
    return _fitting(found)


def look(
    network: nn.Module,
    pictures: npt.NDArray[np.uint8],
    outputs: str,
    places: tuple[Place, ...],
    with_maps: int,
    known: Callable[[str], bool] = lambda _: True,
) -> Shown:
    """What `network` says of `pictures`, and the maps of the first `with_maps` of them.

    Args:
        outputs: what the network gives, one of `outputs.KINDS`.
        known: whether a parameter has its true values; maps that come after one that has not are not taken.
    """
    whole = all(known(name) for name, _ in network.named_parameters())
    answers = np.zeros((0, 0), np.float32)
    if whole:
        given = _forward(network, pictures, fast_forward(network))
        answers = as_logits(given.float(), outputs).softmax(1).cpu().numpy()
    wanted = [place.layer.name for place in places if place.convolves][:WITH_MAPS]
    if not wanted or not with_maps:
        return Shown(answers, {})
    watch = _Watch(network, known)
    _forward(network, pictures[:with_maps], network, watch)
    maps = {name: watch.maps[name].float().cpu().numpy() for name in wanted if name in watch.maps}
    return Shown(answers, {name: held for name, held in maps.items() if held[0].size <= MOST_MAPS})


def _first(network: nn.Module) -> bool:
    """Whether its pictures are lists of pixels, [height, width, channels] as the post has them."""
    return getattr(members(network)[0], "layout", None) == "flat"


def _as_picture(name: str, shape: tuple[int, ...], stride: tuple[int, ...], size: tuple[int, ...], flat: bool) -> Place:
    """A matrix whose inputs are pixels, each row of it a picture."""
    height, width, channels = size
    apart = (1, width * channels, channels) if flat else (height * width, width, 1)
    turned = (stride[0], stride[1] * apart[0], stride[1] * apart[1], stride[1] * apart[2])
    return Place(Layer(name, (shape[0], channels, height, width), picture=True), turned, convolves=False)


def _fitting(places: list[Place]) -> tuple[Place, ...]:
    """Those that are small enough, together too: the first ones, for they are the ones to look at."""
    chosen, room = [], MOST_IN_ALL
    for place in places:
        size = int(np.prod(place.layer.shape))
        if size <= min(MOST_WEIGHTS * (2 if place.layer.picture else 1), room):
            room -= size
            chosen.append(place)
    return tuple(chosen)


def _forward(
    network: nn.Module,
    pictures: npt.NDArray[np.uint8],
    forward: Callable[[Tensor], Tensor],
    watch: "TorchDispatchMode | None" = None,
) -> Tensor:
    """What the network gives in evaluation, after which all is as it was."""
    device = next(network.parameters()).device
    with _in_evaluation(network):
        x = as_input(torch.from_numpy(pictures).to(device), members(network)[0])
        if watch is None:
            return forward(x)
        with watch:
            return forward(x)


@contextmanager
def _in_evaluation(network: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        with untouched(network), torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation: which parameters are used as weights, and what convolutions give.

    Attributes:
        used: by parameter, in the order of their use: shape and strides as [out, in, height, width], and whether it is
            a convolution's.
        maps: by parameter, what the convolution gave, as long as everything before is known.
    """

    def __init__(self, network: nn.Module, known: Callable[[str], bool] = lambda _: True) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.used: dict[str, tuple[tuple[int, int, int, int], tuple[int, int, int, int], bool]] = {}
        self.maps: dict[str, Tensor] = {}
        self._known, self._lost = known, False
        self._names = {p.data_ptr(): (name, p.numel()) for name, p in network.named_parameters() if p.is_contiguous()}
        self._copies: dict[int, _Found] = {}
        self._held: list[Tensor] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # to skip it, PyTorch would load all of its compiler first, for two seconds

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = function(*args, **(kwargs or {}))
        packet = getattr(function, "overloadpacket", None)
        tensors = [a for a in args if isinstance(a, Tensor)]
        found = [self._parameter(t) for t in tensors]
        self._lost = self._lost or any(f is not None and not self._known(f.name) for f in found)
        if packet in (aten.clone, aten._to_copy) and found and found[0] and isinstance(given, Tensor):
            self._copies[given.data_ptr()] = found[0]
            self._held.append(given)  # so that nothing else comes to lie there
        elif packet in (aten.convolution, aten.mkldnn_convolution, aten.cudnn_convolution, aten.miopen_convolution):
            self._weights(found[1], True, given)
        elif packet in (aten.mm, aten.addmm):
            self._weights(found[-1], False, given)
        return given

    def _parameter(self, tensor: Tensor) -> "_Found | None":
        """The parameter that `tensor` is, or a view or a copy of; in what order it lies there, unless it was copied
        and turned again.
        """
        copy = self._copies.get(tensor.data_ptr())
        if copy is not None:
            return copy if tensor.shape == copy.shape else replace(copy, stride=())
        name, size = self._names.get(tensor.data_ptr(), ("", 0))
        return _Found(name, tuple(tensor.shape), tensor.stride()) if name and tensor.numel() == size else None

    def _weights(self, found: "_Found | None", convolves: bool, given: Tensor) -> None:
        if found is None or not found.stride:
            return
        shape, stride = found.shape, found.stride
        if convolves and len(shape) == 4 and max(shape[2:]) <= SIDE:
            self.used.setdefault(found.name, (_four(shape), _four(stride), True))
            if not self._lost and given.dim() == 4:
                self.maps.setdefault(found.name, given.clone())
        elif not convolves and len(shape) == 2:  # a product's second matrix, [in, out]
            self.used.setdefault(found.name, ((shape[1], shape[0], 1, 1), (stride[1], stride[0], 1, 1), False))


@dataclass(frozen=True)
class _Found:
    """A parameter, seen as `shape`; `stride` says how it lies in that shape, and is empty where that is not known."""

    name: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def _four(sizes: tuple[int, ...]) -> tuple[int, int, int, int]:
    a, b, c, d = sizes
    return a, b, c, d
