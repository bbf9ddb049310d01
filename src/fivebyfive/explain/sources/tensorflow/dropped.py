"""What TensorFlow 2 has dropped, told in one sentence that names the call and its line."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from fivebyfive.errors import Failure, InputError
from fivebyfive.networks.own_code import Code

INSTEAD = {
    "tf.layers": "tf.keras.layers",
    "tf.contrib": "tf.keras.layers, or write it out with tf.nn",
    "tf.contrib.layers": "tf.keras.layers, or write it out with tf.nn",
    "tf.contrib.slim": "tf.keras.layers",
    "tf.contrib.rnn": "tf.compat.v1.nn.rnn_cell",
    "tf.estimator": "tf.keras.Model.fit",
    "tf.app": "a plain main()",
    "tf.flags": "argparse",
}
"""What to use today."""


@contextmanager
def told(code: Code) -> Iterator[None]:
    """Say in one sentence which call of the program TensorFlow 2 no longer has, where that is why it raised.

    Raises:
        InputError: that sentence.
        Failure: any other error, as it was.
    """
    try:
        yield
    except Failure as failure:
        cause = failure.__cause__
        frames = traceback.extract_tb(cause.__traceback__) if cause is not None else []
        own = [frame for frame in frames if frame.filename == str(code.path)]
        sentence = _sentence(code, cause, own[-1]) if own and cause is not None else ""
        if sentence:
            raise InputError(sentence) from None
        raise


def _sentence(code: Code, cause: BaseException, frame: traceback.FrameSummary) -> str:
    said = str(cause)
    missing = "has no attribute" in said and "tensorflow" in said
    dropped = "not supported" in said or "is not available with Keras 3" in said or "has been removed" in said
    absent = isinstance(cause, ModuleNotFoundError) and (cause.name or "").startswith("tensorflow")
    if not (missing or dropped or absent):
        return ""
    line = (frame.line or "").strip()
    call = str(cause.name) if isinstance(cause, ModuleNotFoundError) else _call(line)
    best = max((name for name in INSTEAD if call.startswith(name)), key=len, default="")
    advice = f"; use {INSTEAD[best]}" if best else "; see tensorflow.org/guide/migrate"
    return f"{code.file}, line {frame.lineno}: {call} is no more in TensorFlow 2{advice}"


def _call(line: str) -> str:
    """The call of TensorFlow in a line: "tf.layers.conv2d"."""
    start = min((at for at in (line.find("tf."), line.find("tensorflow.")) if at >= 0), default=0)
    end = next((i for i, c in enumerate(line[start:]) if not (c.isalnum() or c in "._")), len(line) - start)
    return line[start : start + end] or line
