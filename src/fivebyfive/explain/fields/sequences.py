"""Attention, recurrent layers and tables: sequences of vectors that look at each other."""

from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain.fields.arguments import Spans, argument, shape_of, span_of
from fivebyfive.explain.fields.mixing import product
from fivebyfive.explain.fields.spans import Span, everything, nothing, squeezed, united, unsqueezed, whole
from fivebyfive.explain.step import Step

SHUT_OUT = 50.0
"""A mask that is so much lower than a row's highest leaves no share: e⁻⁵⁰ is 2·10⁻²²."""


def attended(step: Step, spans: Spans) -> Span:
    """Each query looks at all keys and values that the mask lets through."""
    query, key, value = (argument(step, name, place) for place, name in enumerate(("query", "key", "value")))
    mask = argument(step, "attn_mask", 3)
    lengths = shape_of(query)[-2], shape_of(key)[-2]
    shares = torch.ones(lengths, dtype=torch.bool).tril() if argument(step, "is_causal", 5, False) else None
    return _attended(query, key, value, spans, shares if mask is None else _let_through(mask))


def _attended(query: Any, key: Any, value: Any, spans: Spans, shares: Tensor | None) -> Span:
    shape = shape_of(query)
    looking = whole(span_of(query, spans), [-1], shape)
    taken = []
    for operand in (key, value):
        span = span_of(operand, spans)
        span = whole(span, [-1], shape_of(operand)) if operand is key else span
        taken.append(product(nothing(len(shape)), shape, span, shape_of(operand), shares))
    return united([looking, *(_grouped(span, looking) for span in taken)])


def _grouped(span: Span, like: Span) -> Span:
    """Fewer heads of keys than of queries are repeated."""
    if span.first.dim() < 3 or span.first.shape[-3] in (1, like.first.shape[-3]) or like.first.shape[-3] == 1:
        return span
    times = like.first.shape[-3] // span.first.shape[-3]
    return Span(span.first.repeat_interleave(times, -3), span.last.repeat_interleave(times, -3))


def _let_through(mask: Any) -> Tensor:
    values = mask.output if isinstance(mask, Step) else mask
    if values.dtype == torch.bool:
        return values
    return values >= values.amax(-1, keepdim=True) - SHUT_OUT


def attended_by_heads(step: Step, spans: Spans) -> Span:
    """`multi_head_attention_forward`: sequences come first, [length, N, features]."""
    query, key, value = (argument(step, name, place) for place, name in enumerate(("query", "key", "value")))
    shape = shape_of(query)
    looking = whole(span_of(query, spans), [-1], shape)
    looked = [everything(span_of(o, spans), 1, shape_of(o)) if len(shape) == 2 else
              whole(span_of(o, spans), [0, -1], shape_of(o)) for o in (key, value)]  # fmt: skip
    found = united([looking, *looked])
    if step.attributes.get("part", 0) == 0 or len(shape) == 2:
        return found
    first, last = found.first.transpose(0, 1), found.last.transpose(0, 1)  # [N, length, keys]: who looked at whom
    return Span(first, last) if len(step.output_shape) == 3 else Span(first[:, None], last[:, None])


def recurrent(step: Step, spans: Spans) -> Span:
    """Each time has seen the times before; with two directions, and with several layers of those, all of them."""
    image = step.call.values["input"]
    shape, rank = shape_of(image), len(step.output_shape)
    layers, both, batch_first = _settings(step)
    if len(step.call.arguments) < 9 or layers is None or len(shape) != 3:
        return united([everything(spans[o], rank, o.output_shape) for o in step.origins if o in spans])
    span, time = whole(span_of(image, spans), [-1], shape), 1 if batch_first else 0
    others = [everything(spans[o], rank, o.output_shape) for o in step.origins if o in spans and o is not image]
    if step.attributes.get("part", 0) > 0:  # the last state, [layers, N, features]
        ended = whole(span, [time], shape)
        return united([_batch_second(ended) if batch_first else ended, *others])
    if not both:
        return united([_before(span, time), *others])
    if layers > 1:
        return united([whole(span, [time], shape), *others])
    forth, back = _before(span, time), _after(span, time)
    half = step.output_shape[-1] // 2
    first, last = (
        torch.cat([a.expand(*a.shape[:2], half), b.expand(*b.shape[:2], half)], -1)
        for a, b in ((forth.first, back.first), (forth.last, back.last))
    )
    return united([Span(first, last), *others])


def _batch_second(span: Span) -> Span:
    """[N, 1, 1] as [1, N, 1]."""
    return Span(span.first.transpose(0, 1), span.last.transpose(0, 1))


def _settings(step: Step) -> tuple[int | None, bool, bool]:
    """(layers, whether it goes both ways, whether the batch comes first), from the call's own arguments."""
    arguments = step.call.arguments
    if len(arguments) < 9 or isinstance(arguments[1], Step):
        return None, False, False
    return int(arguments[4]), bool(arguments[7]), bool(arguments[8])


def _before(span: Span, time: int) -> Span:
    return span if span.first.shape[time] == 1 else Span(span.first.cummin(time).values, span.last.cummax(time).values)


def _after(span: Span, time: int) -> Span:
    turned = _before(Span(span.first.flip(time), span.last.flip(time)), time)
    return Span(turned.first.flip(time), turned.last.flip(time))


def recurrent_cell(step: Step, spans: Spans) -> Span:
    """One time: all features of the input and of the states."""
    parts = [whole(spans[o], [-1], o.output_shape) for o in step.origins if o in spans]
    return united(parts)


def looked_up(step: Step, spans: Spans) -> Span:
    """`embedding`: the vector that each index chooses, from a table that may be the image's as well."""
    values = step.call.values
    index, table = values["input"], values["weight"]
    parts = [unsqueezed(spans[index], -1)] if index in spans else []
    if isinstance(table, Step) and table in spans:
        rows = squeezed(whole(spans[table], [0], table.output_shape), [0], 2)
        missing = (None,) * (len(step.output_shape) - 1)
        parts.append(Span(rows.first[(*missing, ...)], rows.last[(*missing, ...)]))
    return united(parts)


def as_pairs(step: Step, spans: Spans) -> Span:
    """`view_as_real`: each complex number as a pair."""
    return unsqueezed(span_of(step.call.values["input"], spans), -1)


def of_pairs(step: Step, spans: Spans) -> Span:
    """`view_as_complex`: each pair as a complex number."""
    origin = step.call.values["input"]
    shape = shape_of(origin)
    return squeezed(whole(span_of(origin, spans), [-1], shape), [len(shape) - 1], len(shape))
