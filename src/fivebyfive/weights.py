"""A file of weights: what it says of itself and what it holds are compared before memory is used for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fivebyfive import facts, recognized, state_dicts
from fivebyfive.errors import InputError
from fivebyfive.files import open_plain
from fivebyfive.networks import create
from fivebyfive.networks.spec import Spec
from fivebyfive.state import load_into

MOST_HEADER = 16 << 20
"""Bytes that name the tensors and say what the model is; what comes of them in memory is many times as large."""


class Weights:
    """An open file.

    Attributes:
        path: where it is, for errors.
        facts: what it says of itself, {} where it says nothing.
        shapes: of each tensor.
    """

    def __init__(
        self,
        path: Path,
        facts: dict[str, Any],
        shapes: Mapping[str, tuple[int, ...]],
        kinds: Mapping[str, str],
        tensor: Callable[[str], Tensor],
    ) -> None:
        self.path, self.facts, self.shapes = path, facts, dict(shapes)
        self._kinds, self._tensor = kinds, tensor

    def tensor(self, name: str) -> Tensor:
        """The tensor that the file calls `name`.

        Raises:
            InputError: it is damaged.
        """
        try:
            return self._tensor(name)
        except (SafetensorError, RuntimeError, LookupError, TypeError, ValueError) as error:
            said = " ".join(str(error).split())[:200]
            raise InputError(f"weights {self.path}: {name[:100]} cannot be read ({said})") from None

    def expect_fit_of(self, spec: Spec, **sizes: int) -> None:
        """Raise unless the weights are those of a network of this package, which is planned for that, not made.

        Raises:
            InputError: a weight is missing, left over, or of another shape.
        """
        with torch.device("meta"), _NoRandomNumbers():
            planned = create(spec, None, **sizes)
        self._expect_fit(planned, spec)

    def fill(self, network: nn.Module, spec: Spec | str) -> None:
        """Put the weights into the network that they are for.

        Args:
            spec: the network's name, for errors.

        Raises:
            InputError: a weight is missing, left over, of another shape, or damaged.
        """
        names = self._expect_fit(network, spec)
        try:
            counted = {own: v for own, v in network.state_dict().items() if own.endswith(COUNT) and own not in names}
            load_into(network, counted | {own: self._tensor(name) for own, name in names.items()})
        except (SafetensorError, RuntimeError, AttributeError, LookupError, TypeError, ValueError) as error:
            said = " ".join(str(error).split())[:200]
            raise InputError(f"weights {self.path} cannot be put into network {spec}: {said}") from None

    def _expect_fit(self, network: nn.Module, spec: Spec | str) -> dict[str, str]:
        """What each of the network's weights is called in the file."""
        wanted = network.state_dict()
        unfit = f"weights {self.path} do not fit network {spec}"
        names = renamed(self.shapes, wanted)
        missing = sorted(own for own in wanted.keys() - names.keys() if not own.endswith(COUNT))
        extra = sorted(names.keys() - wanted.keys())
        if missing or extra:
            raise InputError(f"{unfit}: {_difference(missing, extra)}")
        for own, value in wanted.items():
            if not isinstance(value, Tensor):
                continue  # what a module keeps besides numbers; it says itself whether it understands it
            if own not in names:
                continue
            name = names[own]
            kind = "complex" if value.is_complex() else "float" if value.is_floating_point() else "whole"
            if self._kinds[name] != kind:
                raise InputError(f"{unfit}: {name} holds {self._kinds[name]} numbers in the file, not {kind} ones")
            if not nn.parameter.is_lazy(value) and tuple(value.shape) != self.shapes[name]:
                raise InputError(
                    f"{unfit}: {name} is {list(self.shapes[name])} in the file but {list(value.shape)} in the network"
                    f"{_of_classes(own, list(wanted), self.shapes[name], value)}"
                )
        return names


def renamed(names: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
    """The names in a file by what the network calls them: prefixes of what stood around it are put on or taken off.

    Where no prefix makes all of them fit, the names stay as they are.
    """
    names, wanted = list(names), {own for own in wanted if not own.endswith(COUNT)}
    found = {name: name for name in names}
    for prefix in PREFIXES:
        if wanted and all(name.startswith(prefix) for name in wanted) and not wanted & found.keys():
            added = {prefix + own: name for own, name in found.items()}
            if wanted <= added.keys():
                return added
    for _ in PREFIXES:
        if wanted <= found.keys():
            break
        around = next((p for p in PREFIXES if any(own.startswith(p) for own in found)), None)
        if around is None:
            break
        found = {own.removeprefix(around): name for own, name in found.items() if own.startswith(around)}
    return found if wanted <= found.keys() else {name: name for name in names}


class _NoRandomNumbers(TorchFunctionMode):
    """Weights that are only planned have no values; to draw them all the same, PyTorch loads half a second of code."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return (torch.empty if func is torch.randn else func)(*args, **(kwargs or {}))


@contextmanager
def opened(path: Path) -> Iterator[Weights]:
    """The file of weights at `path`, open: safetensors, or a state dict of PyTorch.

    Raises:
        InputError: it is no such file, or it is damaged.
    """
    try:
        if state_dicts.is_one(path):
            yield _of_state_dict(path)
            return
        _expect_small_header(path)
        file = safe_open(path, "pt")
    except (SafetensorError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(_unreadable(path, error)) from None
    with file:
        yield _of_safetensors(path, file)


def _of_state_dict(path: Path) -> Weights:
    tensors = state_dicts.read(path)
    kinds = {
        name: "complex" if value.is_complex() else "float" if value.is_floating_point() else "whole"
        for name, value in tensors.items()
    }
    return Weights(path, {}, {name: tuple(value.shape) for name, value in tensors.items()}, kinds, tensors.__getitem__)


def _of_safetensors(path: Path, file: Any) -> Weights:
    about = facts.parse((file.metadata() or {}).get("fivebyfive", "{}"), path)
    slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    shapes = {name: tuple(part.get_shape()) for name, part in slices.items()}
    return Weights(
        path, about, shapes, {name: _kind(part.get_dtype()) for name, part in slices.items()}, file.get_tensor
    )


def _unreadable(path: Path, error: Exception) -> str:
    with suppress(OSError):
        if (what := recognized.as_none(path)) is not None:
            return f"model {path} is {what}"
    said = " ".join(str(error).split())[:200]
    return f"weights {path} cannot be read ({said}); the file is damaged or not safetensors"


def _expect_small_header(path: Path) -> None:
    with open_plain(path) as file:
        length = int.from_bytes(file.read(8), "little")
    if length > MOST_HEADER:
        raise OSError(f"its header claims to have {length:,} bytes")


COUNT = "num_batches_tracked"
"""What a batch norm counts; files from before PyTorch 0.4.1 lack it, and nothing is computed with it."""
PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.", "encoder.")
"""What names of weights begin with that were saved from something around the network: nn.DataParallel, torch.compile, a
class such as Lightning's."""


def _difference(missing: Sequence[str], extra: Sequence[str]) -> str:
    """How the names in a file differ from the network's: the first few, and how many there are."""
    said = []
    if missing:
        said.append(f"the file lacks {_some(missing)}")
    if extra:
        said.append(f"{'it' if missing else 'the file'} has {_some(extra)}, which the network does not")
    return ", and ".join(said)


def _some(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(_short(name) for name in names[:most]) + more


def _of_classes(name: str, names: Sequence[str], in_file: tuple[int, ...], value: Tensor) -> str:
    """What to add where the last layer alone differs, in its first dimension: in how many classes there are."""
    last = name.rpartition(".")[0] == names[-1].rpartition(".")[0]
    if not last or len(in_file) != value.dim() or in_file[1:] != tuple(value.shape[1:]):
        return ""
    return f": they are for {in_file[0]} classes, and the network is made for {len(value)}"


def _kind(dtype: str) -> str:
    """What sort of numbers safetensors' type of this name has."""
    return "complex" if dtype.startswith("C") else "float" if dtype.startswith(("F", "BF")) else "whole"


def _short(name: str) -> str:
    return name if len(name) <= 100 and name.isprintable() else f"{ascii(name)[1:-1][:100]}…"
