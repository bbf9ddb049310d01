"""Training the post's network: fivebyfive beside PyTorch as usually written, TensorFlow and JAX, all in float32.

    python benchmarks/training.py [--tensorflow PYTHON] [--jax PYTHON]

Every program takes batches from MNIST in memory, makes them floats, and does a whole step: forward, loss, backward,
Adam. Prints a table in Markdown. How to make the environments of the others: README.md beside this file.
"""

import sys

from side_by_side import Contender, arguments, compare, machine, table


def main() -> None:
    options = arguments(__doc__, steps=40, batch=128).parse_args()
    contenders = [
        Contender("fivebyfive", "ours.py", sys.executable, "train"),
        Contender("PyTorch as usually written", "usual_pytorch.py", sys.executable, "train"),
        Contender("TensorFlow", "with_tensorflow.py", options.tensorflow, "train"),
        Contender("JAX", "with_jax.py", options.jax, "train"),
    ]
    before = machine()
    results = compare(contenders, options.cores, options.rounds, options.steps, options.batch)
    print(f"Training, batch {options.batch}, {options.cores} cores, {options.rounds} rounds of {options.steps} steps.")
    print(f"{before}\n\n{table(results, 'fivebyfive')}")


if __name__ == "__main__":
    main()
