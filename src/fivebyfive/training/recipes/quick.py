"""As fast as 99% can be had: 35,904 images once, hidden layers by Muon, one cycle of the learning rate.

Reaches 99.18% of the 10,000 test images in 0.7 s on two cores; the mean of four runs.
"""

from fivebyfive.training.recipe import Recipe

RECIPE = Recipe(
    name="quick",
    batch_size=192,
    samples=36_000,
    muon_rate=0.05,
    momentum=0.85,
    learning_rate=0.02,
    beta1=0.8,
    beta2=0.95,
    warmup=0.1,
    cooldown=0.9,
    label_smoothing=0.05,
)
