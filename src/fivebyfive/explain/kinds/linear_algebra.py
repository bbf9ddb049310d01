"""Linear algebra: inverses, solutions, decompositions. Algorithms of many passes, whose numbers are no sums of values.

Source of the definitions: https://pytorch.org/docs/stable/linalg.html
"""

from collections.abc import Iterator

from fivebyfive.errors import InputError
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind, not_counted
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.step import Arithmetic, Step

_FAMILIES = {
    "the inverse of each matrix": "inverse linalg_inv linalg_inv_ex linalg_pinv pinverse cholesky_inverse "
    "linalg_tensorinv",
    "what solves a system of linear equations": "linalg_solve linalg_solve_ex linalg_lstsq linalg_solve_triangular "
    "triangular_solve cholesky_solve lu_solve linalg_lu_solve linalg_ldl_solve linalg_tensorsolve",
    "the determinant of each matrix": "det linalg_det logdet slogdet linalg_slogdet",
    "the eigenvalues or eigenvectors of each matrix": "linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh lobpcg",
    "the singular values or vectors of each matrix": "svd linalg_svd linalg_svdvals svd_lowrank pca_lowrank "
    "nuclear_norm linalg_cond linalg_matrix_rank",
    "each matrix as a product of simpler ones": "qr linalg_qr geqrf cholesky linalg_cholesky linalg_cholesky_ex lu "
    "linalg_lu linalg_lu_factor linalg_lu_factor_ex lu_unpack linalg_ldl_factor linalg_ldl_factor_ex orgqr ormqr "
    "linalg_householder_product",
    "a power of each matrix": "matrix_power linalg_matrix_power",
    "e to the power of each matrix": "matrix_exp linalg_matrix_exp",
}
_WHAT = {op: what for what, ops in _FAMILIES.items() for op in ops.split()}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    del index, position
    raise InputError(f"{step.name} finds {_WHAT[step.op]} by an algorithm of many passes; that is no sum to be shown")


def _words(step: Step) -> Iterator[str]:
    yield f"Found is {_WHAT[step.op]}, by an algorithm of many passes: {tensor_shape(step)}."


def _back(step: Step) -> Iterator[str]:
    yield f"A rule of PyTorch's own says how the result, {_WHAT[step.op]}, changes with each number that goes in."
    if "inverse" in _WHAT[step.op] or "solves" in _WHAT[step.op]:
        yield (
            "Where a matrix is nearly singular, a small change of it changes the result much: such gradients are large."
        )
    if step.op in ("linalg_eig", "linalg_eigh", "linalg_svd", "svd", "lobpcg"):
        yield (
            "Where two of the values found are nearly the same, the vectors turn at a touch: such gradients are large."
        )


KIND = Kind(
    name=OTHER,
    operations={" ".join(_WHAT): "input other"},
    cost=not_counted,
    field=mixing.of_all,
    sum=_sum,
    words=_words,
    back=_back,
    draws="svd_lowrank pca_lowrank",
    complex=True,
)
