"""What SAME and VALID do at the edge, at a stride of 1 and of 2."""

from fivebyfive.explain.phrases import counted
from fivebyfive.lesson.known import Filters, Known, called, times
from fivebyfive.lesson.stop import Ask, Sentence, Stop

ONE, TWO = (1, 1), (2, 2)


def stop(known: Known) -> Stop | None:
    """Both paddings side by side over what goes into the first convolution with a window of more than one cell."""
    found = next((one for one in known.convolutions if max(one.reach) > 1), None)
    if found is None or min(found.valid(TWO)) < 1:
        return None
    says: list[Sentence] = [
        (f"In a corner a window of {times(found.reach)} reaches beyond the edge. May it?",),
        (
            f"SAME: it may, and finds zeros there. Out come ⌈in / stride⌉ rows: {found.before[0]} at stride 1, "
            f"{found.same(TWO)[0]} at stride 2.",
        ),
        (
            f"VALID: it may not, it stays inside. Out come ⌈(in − {found.reach[0]} + 1) / stride⌉ rows: "
            f"{found.valid(ONE)[0]} at stride 1, {found.valid(TWO)[0]} at stride 2.",
        ),
        (_here(found),),
        (
            "Why pad at all? Without it every layer makes the maps smaller, and the pixels at the edge are in fewer "
            "windows than those in the middle.",
        ),
    ]
    figure = {
        "step": found.step.origins[0].index,
        "rows": found.before[0],
        "columns": found.before[1],
        "kernel": list(found.kernel),
        "dilation": list(found.step.attributes["dilation"]),
    }
    question = "What is SAME padding, how large is its output, and what is VALID?"
    return Stop(
        "padding", "SAME and VALID", question, found.step.index, "padding", tuple(says), _ask(found), figure=figure
    )


def _here(found: Filters) -> str:
    (top, bottom), (left, right) = found.step.attributes["padding"]
    sizes = f"{times(found.before)} becomes {times(found.after)}"
    name = (found.step.attributes["padding_name"] or "").upper()
    if top + bottom + left + right == 0:
        return f"{called(found.step)} adds nothing at the edge" + (", as VALID says" * (name != "SAME")) + f": {sizes}."
    rows, columns = counted(top, "row"), counted(left, "column")
    around = f"{rows} above and {bottom} below, {columns} on the left and {right} on the right"
    said = f"{called(found.step)} is SAME" if name == "SAME" else f"{called(found.step)} pads by numbers of its own"
    return f"{said}: {around}. With its stride of {times(found.stride)}, {sizes}."


def _ask(found: Filters) -> Ask:
    valid = found.after != found.valid(ONE) or found.stride != ONE
    name, rows = ("VALID", found.valid(ONE)[0]) if valid else ("SAME", found.same(ONE)[0])
    because = (
        f"{found.before[0]} − {found.reach[0]} + 1 = {rows}: so many places there are where the window fits inside."
        if valid
        else f"As many as go in, {rows}: at a stride of 1 SAME keeps the size."
    )
    return Ask(
        (f"With padding {name} and a stride of 1, how many rows would come out of {found.before[0]}?",),
        (str(rows),),
        0,
        (because,),
    )
