"""The values of a recipe, as a type checker knows them; ``train(…, lr=3)`` is an error before it runs.

A test holds them to `recipe.Recipe`, which says what each of them means.
"""

from typing import Literal, TypedDict


class Values(TypedDict, total=False):
    """What `train` takes beside its own arguments, to change a recipe's values."""

    batch_size: int
    samples: int
    epochs: int
    accumulate: int
    learning_rate: float | Literal["auto"]
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    muon_rate: float
    momentum: float
    warmup: float
    cooldown: float
    averaging: float
    loss: Literal["softmax", "sigmoid"]
    label_smoothing: float
    he: bool
    keep_prob: float
    rotation: float
    scale: float
    slant: float
    shift: float
    bend: float
    pen: float
    flip: float
    crop: float
    resolution: float
    colour: float
    mixing: float
    freeze: float
    body_rate: float
    keep_norms: bool
    use_validation: bool
    ensemble: int
    class_weights: Literal["none", "balanced"]
    validations: int
    patience: int
    keep: Literal["last", "best"]
    precision: Literal["float32", "bfloat16", "auto"]
    display_step: int
