"""What dropout is for, and what would become of it at 0."""

from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Ask, Sentence, Stop

POST = 0.75


def stop(known: Known) -> Stop | None:
    """The first dropout of single numbers; others drop whole maps, or put something else than 0."""
    step = known.first(lambda one: one.op == "dropout" and bool(one.origins))
    if step is None:
        return None
    ours = "keep_prob" in step.call.values
    keep = step.attributes["keep_prob"]
    training = float(step.attributes.get("written_keep_prob", keep))
    count = step.output.numel()
    says: list[Sentence] = [
        ("In training, dropout makes 0 of some numbers, drawn by lot, anew each time.",),
        _how(training, ours),
        (
            "Why? Whoever may be missing at any time is not relied on alone. Many units have to know, and the network "
            "learns its training pictures less by heart: it overfits less.",
        ),
        ("What is kept is divided by the probability to keep it, so sums stay as large as before on average.",),
        (f"To answer, nothing is dropped: here all {count:,} numbers pass as they are.",)
        if keep == 1
        else (f"In this trace it was on: each number was kept with probability {keep:g}.",),
    ]
    name = "keep_prob = 0" if ours else "a probability of 1 to drop"
    ask = Ask(
        (f"What would {name} do?",),
        (
            "Every number becomes 0, and nothing gets through",
            "Nothing is dropped",
            "Half of the numbers become 0",
        ),
        0,
        (
            "None is kept: what comes after could not tell one picture from another. And what is kept is divided by 0, "
            "which is no number: so the program refuses 0."
            if ours
            else "None is kept: what comes after could not tell one picture from another.",
        ),
    )
    question = "What is dropout, and what happens if we set its parameter to 0?"
    return Stop("dropout", "Dropout", question, step.index, "layer", tuple(says), ask)


def _how(keep: float, ours: bool) -> Sentence:
    if keep < 1:
        word = "keeps" if ours else "keeps, when it trains,"
        return (f"This one {word} each with a probability of {keep:g}, so about {100 - 100 * keep:.3g} % become 0.",)
    return (
        f"The post's keep_prob is {POST}: each number is kept with this probability, so about "
        f"{100 - 100 * POST:.3g} % become 0.",
    )
