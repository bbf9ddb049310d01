"""Why PyTorch's exporter could not make an ONNX file: one sentence, and the lines of the user's that are known."""

import re
from collections.abc import Iterator

from fivebyfive import causes


def why(error: BaseException) -> str:
    """The reason, and the lines of the user's own, as Python writes a traceback."""
    chain = list(_chain(error))
    kinds = {type(e).__name__ for e in chain}
    lines = next((found for e in reversed(chain) if (found := causes.own_lines(e))), [])
    if kinds & {"GuardOnDataDependentSymNode", "DynamicControlFlowException", "UserError"}:
        reason = (
            "what it does depends on the values of the picture (an if, a loop or a size made of them), and an ONNX "
            "file does the same for every picture; write it with torch.where"
        )
    elif (operation := _unknown(chain)) is not None:
        reason = f"ONNX has no operation for {operation}"
    else:
        reason = f"{type(chain[-1]).__name__}: {causes.cause(chain[-1])}"
    return "\n".join([f"{reason}; --to safetensors writes any network", *lines[-2 * causes.MOST_LINES :]])


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _unknown(chain: list[BaseException]) -> str | None:
    for error in chain:
        found = re.search(r"No ONNX function found for <OpOverload\(op='(?:\w+\.)?(\w+)'", str(error))
        if found:
            return found[1]
    return None
