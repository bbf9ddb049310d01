"""The two reshapes, and what −1 stands for."""

from fivebyfive.explain.step import Step
from fivebyfive.lesson.known import Known, called, product, size, times
from fivebyfive.lesson.stop import Ask, Sentence, Stop

BATCH = 128
RESHAPES = ("reshape", "view", "flatten")


def stop(known: Known) -> Stop | None:
    """A list made to a picture, a picture made to a list; of several, the one that makes the list."""
    steps = [step for step in known.steps if step.op in RESHAPES and len(step.origins) == 1]
    to_list = next((s for s in steps if _is_list(s) and not _is_list(s.origins[0])), None)
    to_picture = next((s for s in steps if _is_list(s.origins[0]) and _is_convolved(known, s)), None)
    step = to_list or to_picture
    if step is None:
        return None
    says: list[Sentence] = [
        ("The numbers stay the same, and so does their order. Only how they are laid out changes.",)
    ]
    if to_picture is not None:
        says.append(
            (
                f"{called(to_picture)} makes of the list of {size(to_picture.origins[0])} a picture again, "
                f"{size(to_picture)}: a convolution needs to know who is whose neighbour.",
            )
        )
    if to_list is not None:
        says.append((_listed(known, to_list),))
    says += _open(step)
    twice = ", twice," if to_list is not None and to_picture is not None else ""
    question = f"Why is there a reshape{twice} and why −1?"
    return Stop("reshaping", "Reshape and −1", question, step.index, "layer", tuple(says), _ask(step))


def _is_list(step: Step) -> bool:
    return step.layout == "flat"


def _is_convolved(known: Known, step: Step) -> bool:
    """Whether it makes a picture, and a convolution takes that."""
    return not _is_list(step) and any(user.kind == "convolution" for user in known.users(step))


def _listed(known: Known, step: Step) -> str:
    before = step.origins[0].size
    length = f"{step.size[2]:,}" if before[:2] == (1, 1) else f"{product(before)} = {step.size[2]:,}"
    text = f"{called(step)} makes of {times(before)} a list of {length}"
    users = known.users(step)
    if users and users[0].kind == "fully connected" and users[0].weight is not None:
        return (
            f"{text}, because {called(users[0])} takes a list. It has as many numbers as the weights there have rows, "
            "one for each input."
            if "matmul" in users[0].op
            else f"{text}, because {called(users[0])} takes a list: it has a weight for each of these numbers."
        )
    return f"{text}."


def _open(step: Step) -> list[Sentence]:
    shape = step.attributes.get("shape")
    if step.op != "flatten" and shape and shape[0] == -1:
        written = f"[{', '.join(str(n).replace('-', '−') for n in shape)}]"
        return [
            (f"In {written} the −1 says: as many as it takes. All other numbers are fixed; this one follows.",),
            ("It is how many pictures come at once. So the same code takes one, or 128, or what is left over.",),
        ]
    return [
        ("The first dimension, how many pictures come at once, stays open: one, or 128, or what is left over.",),
        ("The post writes −1 for it in reshape(x, shape=[−1, …]): as many as it takes.",),
    ]


def _ask(step: Step) -> Ask:
    return Ask(
        (f"{BATCH} pictures come at once. How many rows does the result of {called(step)} have?",)
        if _is_list(step)
        else (f"{BATCH} pictures come at once. How large is the first dimension of what {called(step)} gives?",),
        (str(BATCH),),
        0,
        (f"{BATCH}: one for each picture. Nothing in the code has to change for that.",),
    )
