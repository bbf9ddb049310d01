"""fastai's way with a folder of photographs: ``python fastai_photographs.py FOLDER EPOCHS [WEIGHTS]`` prints JSON.

As its documentation has it: every picture cut to 224, the usual changes, and `fine_tune` from weights or
`fit_one_cycle` without any. The backbone is timm's EfficientNet-Lite0.
"""

import sys

import photographed  # first: it begins the clock, and mends what torchvision lacks here
import timm
import torch
from fastai.vision.all import Callback, ImageDataLoaders, Resize, aug_transforms, vision_learner


class First(Callback):  # type: ignore[misc]
    """When the first step was taken."""

    def after_batch(self) -> None:
        photographed.stepped()


def main() -> None:
    folder, epochs, weights = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    data = ImageDataLoaders.from_folder(
        f"{folder}/train", valid_pct=0.1, seed=0, bs=64, num_workers=2,
        item_tfms=Resize(224, method="crop"), batch_tfms=aug_transforms(), device=torch.device("cpu"),
    )  # fmt: skip
    learner = vision_learner(data, "tf_efficientnet_lite0", pretrained=False, cbs=First(), normalize=True)
    if weights:
        body = learner.model[0].model
        loaded = photographed.weights_for(timm.create_model("tf_efficientnet_lite0"), weights[0])
        body.load_state_dict({name: loaded[name] for name in body.state_dict()})
        learner.freeze()
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(epochs) if weights else learner.fit_one_cycle(epochs)
    trained = photographed.seconds()
    test = data.test_dl(photographed.pictures(f"{folder}/test"))
    answers, _ = learner.get_preds(dl=test)
    names = list(data.vocab)
    said = [names[n] for n in answers.argmax(1).tolist()]
    photographed.report(trained, epochs, said, photographed.classes(f"{folder}/test"))


if __name__ == "__main__":
    main()
