"""What attention is, in networks that have it; the post's has not."""

from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value


def stop(known: Known) -> Stop | None:
    """The first attention that the code calls by its name."""
    step = known.first(lambda one: one.kind == "attention")
    if step is None:
        return None
    heads = step.attributes.get("heads")
    says: list[Sentence] = [
        ("A convolution looks at its neighbours, wherever it stands. Attention looks everywhere, and chooses where.",),
        (
            "Each place has a query, a key and a value. Its query is multiplied with all keys, and a softmax makes "
            "weights of that: the better they fit, the more.",
        ),
        ("What comes out is the mean of all values by these weights.",),
        *([(f"That is done {heads} times side by side, by {heads} heads, each with a part of the channels.",)]
          if isinstance(heads, int) and heads > 1 else []),
        ("At ", Value(step.index, "place"), " it comes to ", Value(step.index, "value"), "."),
    ]  # fmt: skip
    ask = Ask(
        ("What do the weights of one query add up to?",),
        ("1",),
        0,
        ("They come out of a softmax: all are above 0, and together they are 1.",),
    )
    question = "What is attention?"
    return Stop("attention", "Attention", question, step.index, "layer", tuple(says), ask)
