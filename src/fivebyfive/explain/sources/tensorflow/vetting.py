"""Which graphs from files may run: those that compute, and nothing else.

TensorFlow's graphs can read and write files, run Python and load programs; such an operation, or one that is not known,
is refused before TensorFlow sees the graph.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fivebyfive.errors import InputError
from fivebyfive.explain.kind import names
from fivebyfive.explain.sources.tensorflow.graph import CALLS, RANDOM, is_pure

HARMLESS = names(
    """
    VariableV2 Variable VarHandleOp ReadVariableOp AssignVariableOp Assign VarIsInitializedOp NoOp Assert
    Placeholder StatefulPartitionedCall PartitionedCall If StatelessIf While StatelessWhile Switch Merge Enter
    Exit NextIteration LoopCond TensorListReserve TensorListFromTensor TensorListStack TensorListGetItem
    TensorListSetItem TensorListPushBack TensorListPopBack TensorListElementShape TensorListLength
    EmptyTensorList TensorArrayV3 TensorArrayReadV3 TensorArrayWriteV3 TensorArrayGatherV3 TensorArrayScatterV3
    TensorArraySizeV3 StringJoin StaticRegexFullMatch Fill RandomStandardNormal TruncatedNormal RandomUniformInt
    Multinomial StatelessRandomNormalV2 StatelessRandomGetKeyCounter StatelessRandomUniformV2 Where
    NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 CombinedNonMaxSuppression CropAndResize
    UnsortedSegmentSum SegmentSum ExtractImagePatches ScatterNd TensorScatterUpdate TensorScatterAdd
    MatrixBandPart MatrixDiagV3 LinSpace Cumprod Conv3D MaxPool3D AvgPool3D SpaceToBatchND BatchToSpaceND
    ResizeBicubic ResizeArea AdjustContrastv2 AdjustHue AdjustSaturation RGBToHSV HSVToRGB InvertPermutation
    Roll Bincount DenseBincount Unique UniqueV2 ListDiff FakeQuantWithMinMaxVars
    FakeQuantWithMinMaxVarsPerChannel QuantizeAndDequantizeV2 QuantizeAndDequantizeV4 _FusedConv2D _FusedMatMul
    DynamicStitch DynamicPartition GatherV2 SparseToDense EuclideanNorm L2Loss NextAfter Betainc Igamma Igammac
    Polygamma Zeta FFT FFT2D IFFT IFFT2D RFFT RFFT2D IRFFT IRFFT2D Complex Real Imag ComplexAbs Conj Angle Diag
    DiagPart MatrixInverse Cholesky Svd Qr SelfAdjointEigV2 MatrixDeterminant MatrixSolve Bitcast Empty
    StridedSliceGrad
    """
)
"""Beside those that the tables know: variables, control flow, and numbers in and out."""
CHECKPOINT = frozenset({"RestoreV2", "SaveV2", "ShardedFilename", "MergeV2Checkpoints", "DisableCopyOnRead"})
"""Of a SavedModel: they stand in functions that TensorFlow itself calls, with the folder's own files."""


def expect_pure(definition: Any, path: Path, also: Iterable[str] = ()) -> None:
    """Raise unless every operation of a graph, and of the functions in it, only computes.

    Args:
        also: further operations that may be there.

    Raises:
        InputError: one does more, or is not known; it is named.
    """
    may = set(also)
    for kind in _kinds(definition):
        known = is_pure(kind) or kind in HARMLESS or kind in RANDOM or kind in CALLS or kind in may
        if not known:
            raise InputError(f"{path} holds the operation {kind[:60]}, which may do more than compute; it is not run")


def _kinds(definition: Any) -> Iterator[str]:
    names = {function.signature.name for function in definition.library.function}
    nodes = [definition.node, *(function.node_def for function in definition.library.function)]
    yield from sorted({str(node.op) for group in nodes for node in group} - names)
