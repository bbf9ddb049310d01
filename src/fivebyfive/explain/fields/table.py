"""Which rule says what each operation's values depend on; an operation that has none here is not known."""

from collections.abc import Callable

from fivebyfive.explain import operations
from fivebyfive.explain.fields import mixing, moves, sequences, windows
from fivebyfive.explain.fields.arguments import Spans
from fivebyfive.explain.fields.spans import Span
from fivebyfive.explain.step import Step

Rule = Callable[[Step, Spans], Span]
"""From a step and the spans of what it took, one direction of the image, to the span of its output."""

_NAMES: dict[Rule, str] = {
    mixing.same: """
        output overwritten bias_add where lerp fmax fmin addcmul addcdiv triu tril masked_fill copy asin acos asinh
        acosh atanh atan2 arctan2 erfc sinc exp2 log10 sgn signbit isnan isinf isfinite nan_to_num heaviside hypot
        logaddexp xlogy float_power bitwise_and bitwise_or bitwise_xor bitwise_not logical_and logical_or logical_xor
        logical_not invert complex polar imag angle conj ldexp deg2rad rad2deg quantize_per_tensor dequantize
        fake_quantize_per_tensor_affine resolve_conj resolve_neg cfloat
    """,
    mixing.constant: """
        zeros_like ones_like full_like empty_like rand_like randn_like randint_like new_zeros new_ones new_full
        new_empty new_tensor zero fill
    """,
    mixing.reduced: """
        prod std var std_mean var_mean logsumexp all any argmax argmin norm linalg_norm linalg_vector_norm aminmax
        nansum nanmean nanmedian median mode sort argsort topk kthvalue quantile count_nonzero normalize renorm
        cosine_similarity gumbel_softmax fft_fft fft_ifft fft_rfft fft_irfft fft_hfft fft_ihfft fft_fft2 fft_ifft2
        fft_rfft2 fft_irfft2 fft_fftn fft_ifftn fft_rfftn fft_irfftn fft_fftshift fft_ifftshift
    """,
    mixing.softmax: "softmax log_softmax softmin",
    mixing.running: "cumsum cumprod cummax cummin logcumsumexp",
    mixing.gated: "glu",
    mixing.normalized: "batch_norm instance_norm group_norm layer_norm rms_norm local_response_norm",
    mixing.linear: "linear",
    mixing.multiplied: "matmul mm bmm mv dot addmm addmv baddbmm addbmm",
    mixing.paired: "cdist",
    mixing.summed: "einsum",
    mixing.of_all: "mse_loss cross_entropy nll_loss l1_loss bilinear outer kron tensordot trace det affine_grid",
    sequences.attended: "scaled_dot_product_attention",
    sequences.attended_by_heads: "multi_head_attention_forward",
    sequences.recurrent: "lstm gru rnn_tanh rnn_relu",
    sequences.recurrent_cell: "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell",
    sequences.looked_up: "embedding",
    sequences.as_pairs: "view_as_real",
    sequences.of_pairs: "view_as_complex",
    windows.unpooled: "max_unpool1d max_unpool2d max_unpool3d",
    windows.resized: "interpolate",
    windows.folded_back: "fold",
    windows.sampled: "grid_sample",
    moves.reshaped: """
        reshape view flatten unflatten ravel squeeze unsqueeze view_as reshape_as
    """,
    moves.concatenated: "cat stack",
    moves.padded: "pad",
    moves.moved: """
        assign unfold im2col scatter scatter_add index_put index_copy index_add slice_scatter select_scatter
        masked_select masked_scatter diag diag_embed swapaxes hsplit vsplit dsplit fliplr flipud unsafe_split
        as_strided narrow_copy
    """,
}


def _table() -> dict[str, Rule]:
    table: dict[str, Rule] = {}
    for op in operations.ACTIVATIONS | operations.FUNCTIONS | operations.BINARY | operations.COMPARISONS:
        table[op] = mixing.same
    for op in operations.DROPOUTS | operations.HANDED_ON:
        table[op] = mixing.same
    table |= dict.fromkeys(operations.CONVOLUTIONS, windows.convolved)
    table |= dict.fromkeys(operations.POOLINGS, windows.pooled)
    table |= dict.fromkeys(operations.REDUCTIONS, mixing.reduced)
    table |= dict.fromkeys(operations.REARRANGEMENTS | operations.JOININGS, moves.moved)
    for rule, ops in _NAMES.items():
        table |= dict.fromkeys(ops.split(), rule)
    return table


RULES = _table()


def rule_of(step: Step) -> Rule | None:
    """The step's rule; None where nothing is known of it, or of how it was called."""
    rule = RULES.get(step.op)
    if rule is None or not (step.call.values or step.op in ("output", "overwritten")):
        return None
    if step.op in ("max", "min") and "other" in step.call.values:
        return mixing.same
    return rule
