"""Links of the chain that all optimizers have: the gradient, weight decay, the new weight."""

from fivebyfive.training.updates.values import Settings, Values
from fivebyfive.training.updates.written import Quantity, bracketed, exact, given, shown, times, written


def gradient(values: Values, settings: Settings) -> list[Quantity]:
    """g; and d, what the step follows, where that is another: −g uphill, or with the weight's decay added.

    The last one is what the step follows.
    """
    g, weight, decay = values.gradient, values.old.weight, settings.weight_decay
    chain = [given("gradient", "g", "g = ∂loss/∂w", g)]
    sign = "−" if settings.maximize else ""
    turned = f"−{bracketed(g)}" if settings.maximize else shown(g)
    uphill = -g if settings.maximize else g
    if decay and not settings.decoupled:
        name = "gradient, with decay"
        chain.append(
            written(name, "d", f"{sign}g + λ·w", f"{turned} + {times(decay, weight)}", uphill + decay * weight)
        )
    elif settings.maximize:
        chain.append(written("gradient, uphill", "d", "−g", turned, uphill))
    return chain


def decay(values: Values, settings: Settings) -> list[Quantity]:
    """δ, where weights decay beside the step."""
    if not (settings.weight_decay and settings.decoupled):
        return []
    rate, share, weight = settings.lr, settings.weight_decay, values.old.weight
    figures = f"−{exact(rate)}·{exact(share)}·{bracketed(weight)}"
    return [written("weight decay", "δ", "−η·λ·w", figures, -rate * share * weight)]


def weight(values: Values, changes: list[Quantity]) -> Quantity:
    """w′: the weight and its changes, added up."""
    before = values.old.weight
    total = before + sum(change.value for change in changes)
    formula = " + ".join(["w", *(change.symbol for change in changes)])
    figures = " + ".join([exact(before), *(bracketed(change.value) for change in changes)])
    return written("new weight", "w′", formula, figures, values.new.weight if values.new else total, digits=9)
