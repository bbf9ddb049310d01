"""TensorFlow: old programs, functions, modules and SavedModels, by their graphs."""

from typing import Any

from fivebyfive.explain.program import Program


def as_network(value: Any) -> Program:
    """The program of a tf.function, of one of its concrete functions, or of a tf.Module that can be called.

    Raises:
        InputError: what it takes is not known, or it takes no tensors.
    """
    from fivebyfive.explain.sources.tensorflow import functions

    return functions.program(value)
