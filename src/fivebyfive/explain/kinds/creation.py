"""Creation: values that the code makes, out of nothing or in the shape of another tensor.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#creation-ops
"""

from collections.abc import Iterator

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Kind
from fivebyfive.explain.made import made_by_code
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.step import Step


def _words(step: Step) -> Iterator[str]:
    yield f"The code makes values of its own, which do not come from the image: {tensor_shape(step)}."


def _back(step: Step) -> Iterator[str]:
    del step
    yield "The gradient ends here: the code made these values itself, so nothing can learn from it."


KIND = Kind(
    name=OTHER,
    operations={
        """
        zeros ones empty full arange linspace eye rand randn randint randperm zeros_like ones_like empty_like full_like
        rand_like randn_like randint_like new_zeros new_ones new_empty new_full new_tensor tensor as_tensor fill zero
        uniform exponential random
        logspace hann_window hamming_window blackman_window bartlett_window kaiser_window tril_indices triu_indices
        from_numpy frombuffer scalar_tensor empty_strided cauchy geometric log_normal
        """: "input",
    },
    field=mixing.constant,
    sum=made_by_code,
    words=_words,
    back=_back,
    draws=(
        "rand randn randint randperm rand_like randn_like randint_like uniform exponential random cauchy geometric "
        "log_normal"
    ),
)
