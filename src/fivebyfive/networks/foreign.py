"""What other frameworks made, told without importing any of them."""

FRAMEWORKS = {"keras": "Keras", "tensorflow": "TensorFlow", "onnx": "ONNX"}
"""Packages that have networks of their own, and what they are called; of two that fit, the first."""


def framework_of(value: object) -> str | None:
    """The package whose network `value` is, "keras" say, or an object of a class made from one; None for any other.

    A program of torch.export is "torch.export".
    """
    classes = type(value).__mro__
    roots = {cls.__module__.partition(".")[0] for cls in classes}
    if any(cls.__module__.startswith("torch.export.") and cls.__name__ == "ExportedProgram" for cls in classes):
        return "torch.export"
    return next((package for package in FRAMEWORKS if package in roots), None)
