"""Code and an image become a trace: one plain forward, watched by `recorder.py`.

The network runs exactly as it is; what it changes while it runs (buffers, random numbers) is put back afterwards.
"""

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin

from fivebyfive import causes
from fivebyfive.errors import Failure, InputError
from fivebyfive.explain import unwatched
from fivebyfive.explain.agreement import Agreement
from fivebyfive.explain.backward.tracing import WayBack, differentiated, traced
from fivebyfive.explain.edges import Edges
from fivebyfive.explain.given import Given, named_tensors
from fivebyfive.explain.lines import Lines
from fivebyfive.explain.objective import Objective
from fivebyfive.explain.program import Program
from fivebyfive.explain.recorder import Recorder
from fivebyfive.explain.source import Files, is_users
from fivebyfive.explain.step import Step, UserLine
from fivebyfive.networks.from_keras import KerasNetwork
from fivebyfive.state import untouched

if TYPE_CHECKING:
    from fivebyfive.explain.sources.keras.watching import Watched


@dataclass(frozen=True)
class Captured:
    """What one forward showed."""

    steps: list[Step]
    user_lines: list[UserLine]
    source_files: dict[str, str]
    outputs: list[Tensor]
    seconds: float
    notes: tuple[str, ...]
    agreement: Agreement | None = None
    """How a foreign network's values compare with those of its own framework."""
    way_back: WayBack | None = None
    """What the loss's gradient showed, where one was asked for."""


def capture(network: nn.Module, given: Given, objective: Objective | None = None) -> Captured:
    """Run `network` once on what it is given, a batch of one, and say what it did.

    Args:
        objective: of what the network returns the number whose gradients are wanted; None: there is no way back.

    Raises:
        Failure: the network raised; the message ends with the user's own lines on the way there.
        InputError: the objective does not fit what the network returns.
    """
    with untouched(network), torch.no_grad(), _eager():
        notes = _initialized(network, given)
        foreign = _foreign(network)
        if foreign is not None:
            foreign.expect(given)
        with nullcontext(None) if objective is None else differentiated(network, given) as ready:
            given, edges = ready or (given, None)
            recorder = _recorder(network, given, foreign, edges)
            start = time.perf_counter()
            with recorder.parameters_kept(), nullcontext() if foreign is None else foreign.recorded():
                result = _run(network, given, recorder)
                seconds = time.perf_counter() - start
                outputs = named_tensors(result)
                recorder.finish(outputs)
                count = len(recorder.steps)
                way_back = None
                if objective is not None and edges is not None:
                    loss = _of_loss(objective, result, recorder)
                    way_back = traced(network, loss, recorder.maker(loss), edges, recorder.steps, count)
                recorder.keep_buffers()
        outputs = [(name, tensor.detach()) for name, tensor in outputs]
        if foreign is not None:
            foreign.compare(outputs)
    _seal(recorder.steps)
    files = Files(None if foreign is None else foreign.texts)
    defined = None if foreign is None else foreign.defined(files)
    steps = recorder.steps[:count]
    lines = Lines(steps, recorder.notes[:count], network, files, defined)
    notes += [*unwatched.remarks(steps, recorder.opaque, recorder.detours, outputs, result), *lines.remarks()]
    notes += [] if foreign is None else foreign.remarks()
    tensors = [tensor for _, tensor in outputs]
    return Captured(
        steps,
        lines.user_lines,
        lines.source_files,
        tensors,
        seconds,
        tuple(notes),
        None if foreign is None or not foreign.agreement.framework else foreign.agreement,
        way_back,
    )


def _foreign(network: nn.Module) -> "Program | Watched | None":
    """What is known of a foreign network besides its module; None for one of PyTorch."""
    if isinstance(network, KerasNetwork):
        from fivebyfive.explain.sources.keras.watching import Watched

        return Watched(network)
    return network if isinstance(network, Program) else None


def _recorder(network: nn.Module, given: Given, foreign: "Program | Watched | None", edges: Edges | None) -> Recorder:
    if foreign is None:
        return Recorder(network, given, _run.__code__, edges=edges)
    return Recorder(network, given, _run.__code__, foreign.stacks, foreign.plumbing, edges)


def _seal(steps: Sequence[Step]) -> None:
    """Note how often each constant has been changed by now, when buffers are back as they were."""
    for step in steps:
        if step.call.versions:
            step.call = replace(step.call, versions=tuple((c, c._version) for c, _ in step.call.versions))


def _run(network: nn.Module, given: Given, recorder: Recorder) -> Any:
    """The frame below which the network's own code runs; nothing else may stand here."""
    try:
        with recorder:
            return network(*given.arguments, **given.keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's own code may raise anything
        if isinstance(network, Program) and isinstance(error, (Failure, InputError)):
            raise  # it speaks for itself
        raise Failure(forward_error(network, given, error)) from error


def _of_loss(objective: Objective, result: Any, recorder: Recorder) -> Tensor:
    """The loss, whose steps are recorded as the network's are."""
    try:
        with recorder:
            return objective(result)
    except (KeyboardInterrupt, InputError):
        raise
    except BaseException as error:  # a user's own loss may raise anything
        raise Failure(
            f"the loss raised {type(error).__name__} on what the network gave: {causes.cause(error)}"
        ) from error


def forward_error(network: nn.Module, given: Given, error: BaseException) -> str:
    """What to say when a forward raised: one sentence, then the user's own lines, as Python writes a traceback."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    name = network.given_name if isinstance(network, KerasNetwork) else type(network).__name__
    head = f"{name} raised {type(error).__name__} on an input of {given.shapes()}: {causes.cause(error)}"
    own = traceback.StackSummary.from_list(frames[-causes.MOST_LINES :]).format()
    return "\n".join([head, *(line.rstrip() for line in own)])


def _initialized(network: nn.Module, given: Given) -> list[str]:
    """Let lazy layers make their weights, by a forward of its own, because that makes no steps."""
    unbuilt = isinstance(network, KerasNetwork) and not network.is_built
    lazy = [m for m in network.modules() if isinstance(m, LazyModuleMixin) and m.has_uninitialized_params()]
    if not lazy and not unbuilt:
        return []
    try:
        if isinstance(network, KerasNetwork):
            network.build_on(*given.arguments, **given.keywords)
        else:
            network(*given.arguments, **given.keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's own code may raise anything
        raise Failure(forward_error(network, given, error)) from error
    return ["Its lazy layers had no weights yet: they have been made now, at random, for an input of this shape."]


@contextmanager
def _eager() -> Iterator[None]:
    """What ``torch.compile`` was put on runs as it is written; who has not used it need not load it."""
    with ExitStack() as entered:
        if "torch._dynamo" in sys.modules:
            entered.enter_context(torch.compiler.set_stance("force_eager"))
        yield
