"""What chapters call the kinds of layers, and in which order they come."""

from collections.abc import Iterable

_QUESTIONS = {
    "convolution": "What is a convolution layer?",
    "pooling": "What is pooling?",
    "reshaping": "What is reshaping for?",
    "fully connected": "What is a fully connected layer?",
    "dropout": "What is dropout?",
    "activation": "What does an activation do?",
    "normalization": "What is normalization?",
    "joining": "Where ways meet",
    "attention": "What is attention?",
    "recurrent": "What is a recurrent layer?",
    "softmax": "What does softmax do?",
    "other": "What else is computed",
}
_LAYERS = {
    "convolution": "convolution layers",
    "pooling": "pooling layers",
    "reshaping": "layers for reshaping",
    "fully connected": "fully connected layers",
    "dropout": "dropout layers",
    "activation": "activations",
    "normalization": "normalizations",
    "joining": "places where ways meet",
    "attention": "attention",
    "recurrent": "recurrent layers",
    "other": "other operations",
}
_ORDER = (
    "convolution", "activation", "normalization", "pooling", "reshaping", "fully connected", "dropout", "joining",
    "attention", "recurrent",
)  # fmt: skip
_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def in_order(kinds: Iterable[str]) -> list[str]:
    """Kinds in the order of the post, then those that it has not, "other" at the end."""
    places = {kind: n for n, kind in enumerate(_ORDER)} | {"other": len(_ORDER) + 1}
    return sorted(kinds, key=lambda kind: places.get(kind, len(_ORDER)))


def question(kind: str) -> str:
    """The heading of a kind's section."""
    return _QUESTIONS.get(kind, f"What is {kind}?")


def layers_called(kind: str) -> str:
    """Several layers of a kind."""
    return _LAYERS.get(kind, kind)


def spelled(number: int) -> str:
    """A small number as a word."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)
