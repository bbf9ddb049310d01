"""From pretrained weights: the last layer alone at first, then all of it, the body at a tenth of the rate."""

from fivebyfive.training.recipe import Recipe

RECIPE = Recipe(
    name="finetune",
    batch_size=32,
    epochs=10,
    learning_rate=0.003,
    weight_decay=0.01,
    warmup=0.1,
    cooldown=0.9,
    label_smoothing=0.1,
    flip=0.5,
    crop=0.5,
    colour=0.2,
    freeze=0.3,
    body_rate=0.1,
    keep_norms=True,
    precision="auto",
    display_step=20,
)
