"""Why pictures come in batches, and what becomes of a batch in training."""

from fivebyfive.lesson import learning
from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Ask, Sentence, Stop

BATCH, PICTURES = 128, 1000


def stop(known: Known) -> Stop:
    """Of the network as a whole; where the way back was traced, with its numbers."""
    left = PICTURES % BATCH
    whole = PICTURES // BATCH
    says: list[Sentence] = [
        (f"Here one picture goes through. In the post's training {BATCH} go through at once, each by itself.",),
        (
            "Why not one? A step that follows a single picture follows its quirks. And a machine computes many "
            "together faster than one after the other.",
        ),
        (
            "Why not all? A step would take as long as reading all pictures. A batch points almost the same way, much "
            f"sooner; {BATCH} is neither law nor magic.",
        ),
        *learning.sentences(known),
    ]
    ask = Ask(
        (f"{PICTURES:,} pictures in batches of {BATCH}: how many are in the last one?",),
        (str(left),),
        0,
        (f"{whole}·{BATCH} = {whole * BATCH}, and {left} are left over. That is why the code leaves the number open.",),
    )
    shows = "back" if known.trace.way_back is not None else "overview"
    question = "Why 128 pictures at a time, and how does the network learn from them?"
    return Stop("batches", "Batches, and learning", question, None, shows, tuple(says), ask)
