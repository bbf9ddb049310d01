"""Keras's way with a folder of photographs: ``python keras_photographs.py FOLDER EPOCHS [WEIGHTS]`` prints JSON.

As its guide to transfer learning has it: pictures stretched to the size, the head alone first, then all of it at a low
rate; without weights, all of it from the start. On PyTorch, so that the backbone is the very same: timm's
EfficientNet-Lite0.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import photographed
import timm
from PIL import Image

SIDE = 224


class Pictures(keras.utils.PyDataset):  # type: ignore[misc]
    """A folder's pictures in batches of 64, stretched to a square."""

    def __init__(self, paths: list[str], labels: list[int]) -> None:
        super().__init__(workers=2, use_multiprocessing=False, max_queue_size=4)
        self.paths, self.labels = paths, labels

    def __len__(self) -> int:
        return -(-len(self.paths) // 64)

    def __getitem__(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        some = slice(64 * n, 64 * (n + 1))
        x = np.stack([_opened(path) for path in self.paths[some]])
        return x, np.array(self.labels[some])


class First(keras.callbacks.Callback):  # type: ignore[misc]
    """When the first step was taken."""

    def on_train_batch_end(self, *_: object, **__: object) -> None:
        photographed.stepped()


def main() -> None:
    folder, epochs, weights = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    paths = photographed.pictures(f"{folder}/train")
    shown = photographed.classes(f"{folder}/train")
    names = sorted(set(shown))
    order = np.random.default_rng(0).permutation(len(paths))
    train = Pictures([str(paths[n]) for n in order], [names.index(shown[n]) for n in order])
    backbone = timm.create_model("tf_efficientnet_lite0", num_classes=0)
    if weights:
        loaded = photographed.weights_for(timm.create_model("tf_efficientnet_lite0"), weights[0])
        backbone.load_state_dict({name: loaded[name] for name in backbone.state_dict()})
    body = keras.layers.TorchModuleWrapper(backbone, output_shape=(None, 1280))
    inputs = keras.Input((3, SIDE, SIDE))
    outputs = keras.layers.Dense(len(names))(keras.layers.Dropout(0.2)(body(inputs)))
    model = keras.Model(inputs, outputs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if weights:
        body.trainable = False
        model.compile(keras.optimizers.Adam(1e-3), loss)
        model.fit(train, epochs=1, verbose=0, callbacks=[First()])
        body.trainable = True
    model.compile(keras.optimizers.Adam(1e-4 if weights else 1e-3), loss)
    model.fit(train, epochs=epochs, verbose=0, callbacks=[First()])
    trained = photographed.seconds()
    tested = photographed.pictures(f"{folder}/test")
    answers = model.predict(Pictures([str(p) for p in tested], [0] * len(tested)), verbose=0)
    photographed.report(trained, epochs, [names[n] for n in answers.argmax(1)], photographed.classes(f"{folder}/test"))


def _opened(path: str) -> np.ndarray:
    image = Image.open(path).convert("RGB")
    square = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(square, np.float32).transpose(2, 0, 1) / 127.5 - 1


if __name__ == "__main__":
    main()
