"""The answer: the last numbers, and the probabilities made of them."""

import torch

from fivebyfive.decision import NONE, NOTHING
from fivebyfive.explain.trace import Trace
from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value
from fivebyfive.outputs import LOGITS, kind_of


def stop(known: Known) -> Stop | None:
    """The last step, where it is a list of classes."""
    last = known.trace.returned
    if not known.classes or last.size != (1, 1, known.classes):
        return None
    index = last.index
    logits = kind_of(last.maps.reshape(1, -1)) == LOGITS and is_softmax(known.trace)
    says: list[Sentence] = [
        (f"{known.classes} numbers come out, one for each class. The largest is the answer{_unless(known)}.",),
        ("Here that is ", Value(index, "label"), ", with a probability of ", Value(index, "probability"), ". ",
         Value(index, "second"), " comes next, with ", Value(index, "second probability"), "."),
    ]  # fmt: skip
    if logits:
        says += [
            (
                "The numbers themselves may be anything, below 0 too. Softmax makes probabilities of them: e to the "
                "power of each, divided by the sum of all these powers.",
            ),
            ("So all lie between 0 and 1 and add up to 1. One that is larger by 1 counts e ≈ 2.72 times as much.",),
        ]
    says.append(("It always names some class. That the probability is high is all that it says for it.",))
    question = "What comes out, and how is a class read from it?"
    return Stop("answer", "The answer", question, index, "answer", tuple(says), _ask(known, logits))


def _unless(known: Known) -> str:
    return f", but for {NONE}: that counts from {100 * NOTHING:.0f} % on" if NONE in known.trace.classes else ""


def is_softmax(trace: Trace) -> bool:
    """Whether the probabilities of the answer are the softmax of the last numbers."""
    numbers, said = trace.returned.maps.reshape(-1).double().cpu(), dict(trace.prediction)
    if len(numbers) != len(trace.classes) or set(said) != set(trace.classes) or not bool(numbers.isfinite().all()):
        return False
    given = torch.tensor([said[label] for label in trace.classes], dtype=torch.double)
    return bool(torch.allclose(numbers.softmax(0), given, atol=1e-4))


def _ask(known: Known, logits: bool) -> Ask:
    if logits:
        return Ask(
            (f"All {known.classes} numbers grow by 1. What becomes of the probabilities?",),
            ("They stay as they are", "They all grow", "They all become equal"),
            0,
            ("Each power of e grows e times, and so does their sum: the factor cancels out.",),
        )
    return Ask(
        ("How many numbers come out?",),
        (str(known.classes),),
        0,
        (f"{known.classes}: one for each class.",),
    )
