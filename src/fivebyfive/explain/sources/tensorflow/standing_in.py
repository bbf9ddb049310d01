"""What an old program imports and TensorFlow 2 no longer has, or would download: stood in for while it runs.

``tensorflow`` is TensorFlow 2's ``compat.v1``, and ``tensorflow.examples.tutorials.mnist`` has the embedded MNIST.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.networks.mnist_at_hand import whole

Floats = npt.NDArray[np.float32]


class DataSet:
    """One part of MNIST as ``read_data_sets`` gave it: shuffled anew for every epoch.

    Attributes:
        images: float32 [N, 784], from 0 to 1; [N, 28, 28, 1] where they are not to be reshaped.
        labels: [N], or [N, 10] with one 1 each.
    """

    def __init__(self, pixels: npt.NDArray[np.uint8], labels: npt.NDArray[Any], one_hot: bool, reshape: bool) -> None:
        values = pixels.astype(np.float32) / 255.0
        self.images: Floats = values.reshape(len(values), -1) if reshape else values.reshape(-1, 28, 28, 1)
        self.labels: npt.NDArray[Any] = np.eye(10, dtype=np.float64)[labels] if one_hot else labels.astype(np.uint8)
        self._random = np.random.default_rng(0)
        self._order = np.arange(len(values))
        self._at, self.epochs_completed = 0, 0
        self._shuffled = False

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        return len(self.images)

    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[Floats, Any]:
        """The next images and labels; behind the last one an epoch ends and the next one's first follow."""
        del fake_data
        if shuffle and not self._shuffled:
            self._random.shuffle(self._order)
            self._shuffled = True
        taken: list[Any] = []
        while len(taken) < batch_size:
            if self._at == len(self._order):
                self.epochs_completed += 1
                self._at = 0
                if shuffle:
                    self._random.shuffle(self._order)
            more = self._order[self._at : self._at + batch_size - len(taken)]
            taken.extend(more)
            self._at += len(more)
        return self.images[taken], self.labels[taken]


def read_data_sets(
    train_dir: str = "",
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = None,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: Any = None,
    source_url: str = "",
) -> SimpleNamespace:
    """MNIST's training, validation and test images, from the package itself."""
    del train_dir, fake_data, dtype, seed, source_url
    train, test = whole()
    pixels, labels, cut = train.pixels, train.labels, validation_size
    return SimpleNamespace(
        train=DataSet(pixels[cut:], labels[cut:], one_hot, reshape),
        validation=DataSet(pixels[:cut], labels[:cut], one_hot, reshape),
        test=DataSet(test.pixels, test.labels, one_hot, reshape),
    )


@contextmanager
def old_tensorflow() -> Iterator[Any]:
    """``import tensorflow`` gives TensorFlow 1's interface within it."""
    import tensorflow
    import tensorflow.compat.v1 as v1

    before = {name: sys.modules.get(name) for name in ("tensorflow", *_examples())}
    was_eager = tensorflow.executing_eagerly()
    v1.disable_v2_behavior()
    sys.modules["tensorflow"] = v1
    sys.modules |= _examples()
    v1.examples = sys.modules["tensorflow.examples"]
    try:
        yield v1
    finally:
        _as_today(v1, was_eager)
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def _as_today(v1: Any, eager: bool) -> None:
    """Undo what ``disable_v2_behavior`` did, for which TensorFlow has no single word."""
    from tensorflow.python.eager import context

    v1.reset_default_graph()
    v1.enable_resource_variables()
    v1.enable_v2_tensorshape()
    v1.enable_control_flow_v2()
    if eager:
        context.default_execution_mode = context.EAGER_MODE
        context.context()._thread_local_data.is_eager = True


def _examples() -> dict[str, ModuleType]:
    """``tensorflow.examples.tutorials.mnist.input_data``, and the packages around it."""
    names = "tensorflow.examples", "tensorflow.examples.tutorials", "tensorflow.examples.tutorials.mnist"
    made = {name: ModuleType(name) for name in (*names, f"{names[-1]}.input_data")}
    for name, module in made.items():
        outer, _, last = name.rpartition(".")
        if outer in made:
            setattr(made[outer], last, module)
        module.__path__ = []
    made[f"{names[-1]}.input_data"].read_data_sets = read_data_sets  # type: ignore[attr-defined]
    return made
