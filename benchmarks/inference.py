"""Reading digits with the post's network: fivebyfive beside PyTorch, ONNX Runtime, TensorFlow and JAX, all in float32.

    python benchmarks/inference.py [--tensorflow PYTHON] [--jax PYTHON] [--batch 256]

Every program takes batches of bytes from memory and answers with the class of each image. Prints a table in Markdown.
How to make the environments of the others: README.md beside this file.
"""

import sys

from side_by_side import Contender, arguments, compare, machine, table


def main() -> None:
    options = arguments(__doc__, steps=40, batch=256).parse_args()
    contenders = [
        Contender("fivebyfive", "ours.py", sys.executable, "infer"),
        Contender("PyTorch as usually written", "usual_pytorch.py", sys.executable, "infer"),
        Contender("ONNX Runtime", "with_onnxruntime.py", sys.executable, "infer"),
        Contender("TensorFlow", "with_tensorflow.py", options.tensorflow, "infer"),
        Contender("JAX", "with_jax.py", options.jax, "infer"),
    ]
    before = machine()
    results = compare(contenders, options.cores, options.rounds, options.steps, options.batch)
    print(f"Inference, batch {options.batch}, {options.cores} cores, {options.rounds} rounds of {options.steps} steps.")
    print(f"{before}\n\n{table(results, 'fivebyfive')}")


if __name__ == "__main__":
    main()
