"""Parts of sentences that several kinds say."""

from fivebyfive.explain.layout import size_text
from fivebyfive.explain.step import Step


def counted(n: int, what: str) -> str:
    """1 row, 2 rows."""
    return f"{n} {what}" if n == 1 else f"{n:,} {what}s"


def from_to(before: Step, after: Step) -> str:
    """From one size, or shape, to another."""
    if before.size == after.size:
        return f"from {tensor_shape(before)} to {tensor_shape(after)}"
    return f"from {size_text(before.size)} to {size_text(after.size)}"


def tensor_shape(step: Step) -> str:
    """[1, 32, 28, 28]"""
    return f"[{', '.join(str(n) for n in step.output_shape)}]"


def joined_names(names: list[str]) -> str:
    """a, b and c"""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def whole_map(step: Step, what: str) -> str:
    """What becomes of maps of which each window, or each as a whole, is replaced by one value."""
    before, after = step.origins[0].size, step.size
    if after[0] == after[1] == 1:
        return f"Each of the {before[2]} maps becomes one number: {what} of its {before[0]}×{before[1]} values."
    windows = f"{after[0]}×{after[1]} windows, as even as they can be"
    return f"Each map is cut into {windows}, and {what} of each is kept."


def bias_added(step: Step) -> str:
    """What adding a number of its own to each channel does."""
    height, width, channels = step.size
    if height * width == 1:
        return f"Each of the {channels} values gets a number of its own added, its bias, which is learned too."
    return f"Each of the {channels} maps gets one number added to all its {height}×{width} values: its bias."
