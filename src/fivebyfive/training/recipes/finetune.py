"""From pretrained weights: the last layer alone at first, then all of it, the body at a tenth of the rate.

Its values were chosen on two divisions of training pictures, whose things to be named are none of those learned, by
one run each after one pass: small parts of a picture, and labels as they are, gain 2 or 3 points each. At a fiftieth of
the rate the body learns too little, 5 and 8 points less; where normalization follows the batches it is 20 less.

More passes gain more. On six other classes (sea animals, tools, vehicles, instruments, Christmas, Halloween) at
128×128, means of three divisions, twelve passes name 51.9% rightly of things that were never seen, and four 44.1%. With
the body at 0.03 of the rate twelve come to 46.1%; at 0.25 to 53.9%, but that is close to where it breaks: at 0.6 it
knows nothing any more.
"""

from fivebyfive.training.recipe import Recipe

RECIPE = Recipe(
    name="finetune",
    batch_size=32,
    epochs=10,
    accumulate=0,
    learning_rate=0.003,
    weight_decay=0.01,
    warmup=0.1,
    cooldown=0.9,
    flip=0.5,
    crop=0.35,
    colour=0.2,
    freeze=0.2,
    body_rate=0.1,
    keep_norms=True,
    precision="auto",
    validations=5,
    keep="best",
    display_step=20,
)
