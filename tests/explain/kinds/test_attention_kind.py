"""Attention in every way that PyTorch has, and by hand: each number is the mean of values that it says it is."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain import Step, Trace, explain
from layers import Uses, expect_sums, steps_of
from steps import Calls, numbers
from support import load_network
from test_people import spec_of

INF = float("inf")


def _like(x: Tensor, *shape: int, seed: int = 1) -> Tensor:
    return numbers(*shape, seed=seed).to(x.dtype)


def _attention(trace: Trace) -> Step:
    return steps_of(trace, "attention")[0]


def _self_attention(x: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(x, x, x)


FUSED: dict[str, Callable[[Tensor], Any]] = {
    "itself": lambda x: F.scaled_dot_product_attention(x, x.flip(-1), x.sin()),
    "all the same": _self_attention,
    "other keys than queries": lambda x: F.scaled_dot_product_attention(x[:, :, :3], x, x[..., :4]),
    "one head": lambda x: F.scaled_dot_product_attention(x[:, 0], x[:, 1], x[:, 2]),
    "no batch": lambda x: F.scaled_dot_product_attention(x[0, 0], x[0, 1], x[0, 2]),
    "more dimensions": lambda x: _self_attention(x[:, None].expand(1, 2, 4, 6, 8)),
    "causal": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "causal with fewer keys": lambda x: F.scaled_dot_product_attention(x, x[:, :, :3], x[:, :, :3], is_causal=True),
    "a scale": lambda x: F.scaled_dot_product_attention(x, x, x, scale=0.25),
    "a mask of booleans": lambda x: F.scaled_dot_product_attention(x, x, x, _like(x, 6, 6) > -0.5),
    "a mask of numbers": lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=_like(x, 4, 6, 6)),
    "a mask of keys alone": lambda x: F.scaled_dot_product_attention(x, x, x, _like(x, 1, 1, 1, 6) > 0),
    "a mask that the network makes": lambda x: F.scaled_dot_product_attention(x, x, x, x[..., :6].relu()),
    "a mask that hides all": lambda x: F.scaled_dot_product_attention(x, x, x, torch.zeros(6, 6, dtype=torch.bool)),
    "a mask that hides with −∞": lambda x: F.scaled_dot_product_attention(
        x, x, x, torch.full((6, 6), -INF, dtype=x.dtype).triu(1)
    ),
    "grouped queries": lambda x: F.scaled_dot_product_attention(x, x[:, :2], x[:, 2:], enable_gqa=True),
    "one head of keys for all": lambda x: F.scaled_dot_product_attention(x, x[:, :1], x[:, 1:2], enable_gqa=True),
    "learned keys": lambda x: F.scaled_dot_product_attention(x, _like(x, 1, 4, 9, 8), _like(x, 1, 4, 9, 5, seed=2)),
    "learned queries": lambda x: F.scaled_dot_product_attention(_like(x, 1, 4, 1, 8), x, x),
    "windows in the batch": lambda x: _self_attention(x.reshape(2, 2, 6, 8)),
    "dropout that is off": lambda x: F.scaled_dot_product_attention(x, x, x, None, 0.0, True),
    "its own mathematics": lambda x: torch._scaled_dot_product_attention_math(x, x, x, is_causal=True),
    "its own fused way": lambda x: torch._scaled_dot_product_flash_attention_for_cpu(x, x, x, 0.0, True),
}


@pytest.mark.parametrize("name", FUSED)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_fused_attention(name: str, dtype: torch.dtype) -> None:
    trace = explain(Calls(lambda x: FUSED[name](x.reshape(1, 4, 6, 8))), numbers(1, 192).to(dtype))
    expect_sums(steps_of(trace, "attention"))


def test_a_number_is_the_mean_of_values_that_a_query_sees() -> None:
    trace = explain(Calls(FUSED["causal"]), numbers(1, 4, 6, 8))
    step = _attention(trace)
    found = step.arithmetic(y=2, x=5, channel=1)
    assert [term.position for term in found.terms] == [(0, 5, 1), (1, 5, 1), (2, 5, 1)]
    assert sum(term.weight for term in found.terms) == pytest.approx(1)
    assert found.details["masked"] == 3
    assert found.details["scale"] == pytest.approx(8**-0.5)
    assert found.symbols == "O[q,c] = Σ_k softmax_k(Q[q]·K[k] · scale) · V[k,c], over k ≤ q"


def test_each_term_names_the_values_and_not_the_keys() -> None:
    trace = explain(Calls(FUSED["itself"]), numbers(1, 4, 6, 8))
    found = _attention(trace).arithmetic()
    assert {trace.steps[_attention(trace).inputs[term.input]].op for term in found.terms} == {"sin"}


def test_what_dropout_drops_is_not_to_be_seen() -> None:
    trace = explain(Calls(lambda x: F.scaled_dot_product_attention(x, x, x, dropout_p=0.25)), numbers(1, 4, 6, 8))
    with pytest.raises(InputError, match="drops 25% of the shares at random.*call eval"):
        _attention(trace).arithmetic()
    assert "Of the shares, 25% are dropped at random." in _attention(trace).words()


@settings(max_examples=40)
@given(
    batch=st.integers(1, 2), groups=st.integers(1, 2), shared=st.integers(1, 3), queries=st.integers(1, 5),
    keys=st.integers(1, 6), depth=st.integers(1, 5), wide=st.integers(1, 4), causal=st.booleans(),
    mask=st.sampled_from(["", "bool", "float"]), scale=st.sampled_from([None, 0.1, 2.0]),
)  # fmt: skip
def test_fused_attention_of_any_shape(
    batch: int, groups: int, shared: int, queries: int, keys: int, depth: int, wide: int, causal: bool, mask: str,
    scale: float | None,
) -> None:  # fmt: skip
    assume(not (causal and mask))
    heads = groups * shared
    query = numbers(batch, heads, queries, depth)
    key, value = numbers(batch, groups, keys, depth, seed=2), numbers(batch, groups, keys, wide, seed=3)
    masks = {"": None, "bool": numbers(queries, keys, seed=4) > 0, "float": numbers(heads, queries, keys, seed=4)}

    def does(x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(query * x, key + x, value * x, masks[mask], is_causal=causal, scale=scale,
                                              enable_gqa=True)  # fmt: skip

    expect_sums(explain(Calls(does), torch.ones(1, 1, dtype=torch.float64) * 1.5).steps)


def test_what_is_said_of_attention() -> None:
    fused = _attention(explain(Calls(FUSED["grouped queries"]), numbers(1, 4, 6, 8)))
    assert fused.words()[:3] == [
        "Each of 6 queries asks 6 keys; what it gets is the mean of their values, weighed by how they fit.",
        "How well: the product of query and key, of 8 numbers each, times 0.3536; softmax makes shares of it that add "
        "up to 1.",
        "4 heads of queries share 2 heads of keys and values.",
    ]


# --- as people write it ---------------------------------------------------------------------------------------------


def _split(x: Tensor, heads: int) -> Tensor:
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


class Fused(nn.Module):
    """Attention as timm writes it: one matrix for queries, keys and values, which are normalized."""

    def __init__(self, dim: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, dim * 3)
        self.q_norm = nn.LayerNorm(dim // heads)
        self.k_norm = nn.LayerNorm(dim // heads)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, dim = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        x = F.scaled_dot_product_attention(self.q_norm(q), self.k_norm(k), v, dropout_p=0.0)
        result: Tensor = self.proj(x.transpose(1, 2).reshape(batch, tokens, dim))
        return result


class ByHand(nn.Module):
    """Attention in PyTorch's smallest steps."""

    def __init__(self, dim: int = 8, heads: int = 2, way: str = "matmul") -> None:
        super().__init__()
        self.heads, self.way = heads, way
        self.to_q, self.to_k, self.to_v = (nn.Linear(dim, dim, bias=False) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (_split(to(x), self.heads) for to in (self.to_q, self.to_k, self.to_v))
        scale = q.shape[-1] ** -0.5
        if self.way == "einsum":
            shares = torch.einsum("bhqd,bhkd->bhqk", q, k).mul(scale).softmax(dim=-1)
            return torch.einsum("bhqk,bhkd->bqhd", shares, v).flatten(2)
        if self.way == "masked":
            later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            scores = (q @ k.transpose(-2, -1) * scale).masked_fill(later, -INF)
            return (F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(x.shape)
        shares = torch.softmax(torch.matmul(q, k.transpose(-2, -1)) / q.shape[-1] ** 0.5, -1)
        return torch.matmul(shares, v).transpose(1, 2).reshape(x.shape)


class Seq2Seq(nn.Module):
    """An encoder and a decoder of GRUs; each of the decoder's words looks at all of the encoder's."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.GRU(8, 6, batch_first=True)
        self.decoder = nn.GRUCell(6, 6)
        self.score = nn.Linear(12, 1)

    def forward(self, x: Tensor) -> Tensor:
        encoded, hidden = self.encoder(x)
        state, outputs = hidden[0], []
        for _ in range(3):
            repeated = state.unsqueeze(1).expand_as(encoded)
            shares = self.score(torch.cat([encoded, repeated], dim=2).tanh()).squeeze(2).softmax(dim=1)
            context = torch.bmm(shares.unsqueeze(1), encoded).squeeze(1)
            state = self.decoder(context, state)
            outputs.append(state)
        return torch.stack(outputs, dim=1)


def _transformer(net: nn.Transformer, x: Tensor) -> Any:
    mask = net.generate_square_subsequent_mask(3)
    return net(x, x[:, :3], tgt_mask=mask.double(), tgt_is_causal=True)


PEOPLE: dict[str, Callable[[], nn.Module]] = {
    "timm": Fused,
    "by hand": ByHand,
    "by hand with a mask": lambda: ByHand(way="masked"),
    "by hand with einsum": lambda: ByHand(way="einsum"),
    "seq2seq": Seq2Seq,
    "encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
    "encoder, normalized first": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True),
    "encoder and decoder": lambda: Uses(nn.Transformer(8, 2, 1, 1, 16, batch_first=True), _transformer),
    "encoder that does not see padding": lambda: Uses(
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        lambda layer, x: layer(x, src_key_padding_mask=torch.tensor([[False] * 4 + [True]])),
    ),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_attention_as_people_write_it(name: str) -> None:
    torch.manual_seed(0)
    network = PEOPLE[name]().double().eval()
    x = numbers(1, 5, 8)
    trace = explain(network, x)
    expect_sums(trace.steps)
    torch.testing.assert_close(trace.steps[-1].output, network(x))


def test_each_query_is_multiplied_with_each_key() -> None:
    torch.manual_seed(0)
    network = load_network(spec_of("vit_encoder:VisionTransformer")).eval()
    step = _attention(explain(network, torch.rand(1, 1, 28, 28)))
    assert step.macs == 17 * (3 * 32 * 32 + 3 * 32) + 2 * 17 * 17 * 32 + 17 * (32 * 32 + 32)
    fused = _attention(explain(Calls(FUSED["other keys than queries"]), numbers(1, 4, 6, 8)))
    assert fused.macs == 4 * (3 * 6 * 8 + 3 * 6 * 4)


def test_autocast_multiplies_in_half_precision() -> None:
    def does(attend: Any, x: Tensor) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return attend(x, x, x), F.scaled_dot_product_attention(x, x, x)

    torch.manual_seed(0)
    trace = explain(Uses(nn.MultiheadAttention(8, 2, batch_first=True), does).eval(), torch.randn(1, 5, 8))
    steps = steps_of(trace, "attention")
    assert {step.output.dtype for step in steps} == {torch.bfloat16}
    expect_sums(steps)
