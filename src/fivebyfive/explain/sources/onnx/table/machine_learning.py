"""Of ai.onnx.ml, what scikit-learn's dense models are made of.

Source: https://onnx.ai/onnx/operators/index_ai_onnx_ml.html
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, as_type

ML = "ai.onnx.ml."


def _numbers(op: Op, name: str) -> Tensor:
    return torch.tensor(op.get(name) or [], dtype=torch.float32)


def _weights(op: Op, rows: int) -> None:
    """The weights, which are attributes, as constants of their own."""
    op.part(None, "weight", _numbers(op, "coefficients").reshape(rows, -1))
    intercepts = _numbers(op, "intercepts")
    op.part(None, "bias", intercepts if intercepts.numel() == rows else torch.zeros(rows))


def _linear_classifier(op: Op) -> Run:
    intercepts = op.get("intercepts") or []
    labels = op.get("classlabels_ints") or list(range(len(op.get("classlabels_strings") or [])))
    rows = max(len(intercepts), 1) if intercepts else max(len(labels), 1)
    _weights(op, rows)
    transform = str(op.get("post_transform", "NONE"))

    def run(x: Tensor, weight: Tensor, bias: Tensor) -> Any:
        scores = F.linear(as_type(x, torch.float32), weight, bias)
        if rows == 1 and len(labels) == 2:
            best = (scores > 0).to(torch.int64).reshape(-1)
            made = torch.sigmoid(scores) if transform == "LOGISTIC" else scores  # as ONNX Runtime has it
            made = torch.cat([1 - made, made], 1)
        else:
            best = torch.argmax(scores, 1)
            made = _transformed(scores, transform)
        return torch.tensor([int(n) for n in labels], dtype=torch.int64)[best], made

    return run


def _transformed(scores: Tensor, how: str) -> Tensor:
    if how == "NONE":
        return scores
    if how == "SOFTMAX":
        return F.softmax(scores, 1)
    if how == "LOGISTIC":
        return torch.sigmoid(scores)
    raise InputError(f"a classifier has a transformation that is not known, {ascii(how)[:40]}")


def _linear_regressor(op: Op) -> Run:
    _weights(op, int(op.get("targets", 1)))
    transform = str(op.get("post_transform", "NONE"))
    return lambda x, weight, bias: _transformed(F.linear(as_type(x, torch.float32), weight, bias), transform)


def _scaler(op: Op) -> Run:
    offset, scale = _numbers(op, "offset"), _numbers(op, "scale")
    return lambda x: (as_type(x, torch.float32) - offset) * scale


def _normalizer(op: Op) -> Run:
    how = str(op.get("norm", "MAX"))

    def run(x: Tensor) -> Any:
        x = as_type(x, torch.float32)
        if how == "MAX":
            return x / x.abs().amax(-1, keepdim=True)
        return F.normalize(x, 1.0 if how == "L1" else 2.0, -1)

    return run


def _binarizer(op: Op) -> Run:
    return lambda x: (x > float(op.get("threshold", 0.0))).to(x.dtype)


def _array_feature_extractor(op: Op) -> Run:
    del op
    return lambda x, places: x.index_select(-1, places.reshape(-1)) if x.dim() > 1 else x[places.reshape(1, -1)]


def _imputer(op: Op) -> Run:
    values = op.get("imputed_value_floats") or op.get("imputed_value_int64s") or [0]
    replaced = op.get("replaced_value_float", op.get("replaced_value_int64", 0))
    is_nan = isinstance(replaced, float) and math.isnan(replaced)

    def run(x: Tensor) -> Any:
        missing = torch.isnan(x) if is_nan else x == replaced
        return torch.where(missing, torch.tensor(values, dtype=x.dtype), x)

    return run


def _feature_vectorizer(op: Op) -> Run:
    del op
    return lambda *given: torch.cat([x.reshape(x.shape[0], -1).to(torch.float32) for x in given], 1)


TABLE: dict[str, Maker] = {
    f"{ML}LinearClassifier": _linear_classifier, f"{ML}LinearRegressor": _linear_regressor, f"{ML}Scaler": _scaler,
    f"{ML}Normalizer": _normalizer, f"{ML}Binarizer": _binarizer, f"{ML}Imputer": _imputer,
    f"{ML}ArrayFeatureExtractor": _array_feature_extractor, f"{ML}FeatureVectorizer": _feature_vectorizer,
}  # fmt: skip
