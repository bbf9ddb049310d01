"""Photographs, from scratch: parts of them, mirrored, in another light, each 40 times."""

from fivebyfive.training.recipe import Recipe

RECIPE = Recipe(
    name="photos",
    batch_size=32,
    epochs=40,
    learning_rate=0.004,
    weight_decay=0.05,
    warmup=0.1,
    cooldown=0.9,
    label_smoothing=0.1,
    keep_prob=0.8,
    flip=0.5,
    crop=0.35,
    colour=0.3,
    resolution=0.58,
    precision="auto",
    display_step=20,
)
