"""A step: one operation of the user's code, with what it took and what came out, and how one of its values came about.

Positions are (y, x, channel) whatever the tensor's layout, and sizes are (height, width, channels); a list of numbers
is one pixel, y = x = 0, with as many channels as it has numbers.

``Step.attributes`` uses one vocabulary for every op; a key is present where it means something:

=================== ==================================================================================================
kernel              (height, width) of the window
stride              (vertical, horizontal) step of the window
padding             ((top, bottom), (left, right)) cells around the input, as this step had them
padding_name        how the code wrote it, if in words: "SAME", "VALID", "same" or "valid"
padding_mode        what stands in those cells: "zeros", "reflect", "replicate", "circular" ("ignored" in max pooling)
dilation            (vertical, horizontal) distance of the window's cells
groups              into how many groups the channels are split
transposed          True for a transposed convolution; with output_padding (vertical, horizontal)
pooling             "max", "mean" or "power" (with power, the p of the Lp norm)
adaptive            True where the windows follow from output_size (height, width)
ceil_mode           True where a window may begin inside and end outside
count_include_pad   True where the mean counts padding cells; divisor: the fixed number that it divides by, if any
eps, training       of a normalization; training: the statistics are this image's own
norm_groups         of group norm; norm_shape of layer norm: the sizes that are normalized together
keep_prob           of dropout: 1.0 where dropout is off
shape               what reshape was asked for, with its -1; start_dim, end_dim of flatten; dims of permute
dim                 the dimension, or dimensions, that softmax, cat, sum, chunk … work along
part, parts         which of the results of one call (chunk, split, max with dim …) this step is
heads, causal       of attention: how many heads there are; True where a query sees no key behind its own place
hidden_size, layers, bidirectional, batch_first
                    of a recurrent layer: how much it remembers; how many there are; whether it reads both ways
negative_slope, alpha, beta, threshold, value, min, max, exponent, approximate …
                    numbers of an activation or of arithmetic with a constant, under PyTorch's own names
mode, scale_factor, output_size, align_corners
                    of an interpolation
factor              of pixel shuffle
inplace             True where the code overwrote its input
=================== ==================================================================================================
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain import written
from fivebyfive.explain.layout import Position, Size, as_maps, index_of, size_text
from fivebyfive.explain.mathml import Formula

Factor = tuple[str, int, int]
"""(letter, stride, size): a part of a dimension; see `axes`."""
Axes = tuple[tuple[Factor, ...], ...]
"""Each dimension as its factors, the slowest first."""


@dataclass(frozen=True)
class Source:
    """A line of the user's own code.

    ``line`` and ``code`` are the physical line where the call stands; ``first``–``last`` are the lines of the whole
    statement that it belongs to; ``function`` is the function that it stands in.
    """

    file: str
    line: int
    code: str
    function: str = ""
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class UserLine:
    """A statement of the user's code and the steps that one run through it performed, in order."""

    source: Source
    code: str
    """The whole statement, dedented; more than one line where it spans more."""
    module: str
    """The path of the module that the statement ran in; "" for the network itself."""
    steps: tuple[int, ...]


@dataclass(frozen=True)
class ReceptiveField:
    """How much of the image one value of a step's output depends on, in pixels, before the image's edge cuts it.

    ``jump`` is how far the window moves for the next value (down, right). ``whole`` says that every value depends on
    the whole image; the sizes are the image's then and the jump is (0, 0).
    """

    height: int
    width: int
    jump: tuple[float, float]
    whole: bool


@dataclass(frozen=True)
class Window:
    """Rows y0 … y1 − 1 and columns x0 … x1 − 1 of the image."""

    y0: int
    y1: int
    x0: int
    x1: int


@dataclass(frozen=True)
class Term:
    """One part of an output value: an input value, where it stands, its weight and their product."""

    value: float
    position: Position | None
    """Where the value stands in its input; outside of it, negative even, for padding. None for a constant, and for
    what was worked out within the step: a gate, a score."""
    weight: float
    product: float
    padding: bool = False
    origin: Position | None = None
    """For padding that repeats the image (reflect, replicate, circular): the position that it repeats."""
    input: int = 0
    """Which of the step's inputs (``step.inputs[term.input]``) the value belongs to."""
    tap: tuple[int, ...] = ()
    """The weight's place in its filter, (down, right, in-channel of the filter's group); () where there is none."""
    name: str = ""
    """What the value is, where its place does not say it: "x[3] in i", of an LSTM's input gate."""
    step: int | None = None
    """On the way back: the index of the later step whose value this is; ``value`` is the loss's gradient there,
    ``weight`` how much that value grows with the one that is asked about."""
    picture: int = 0
    """On the way back of several pictures: which of them the value belongs to."""


Operation = Literal["sum", "max", "min", "mean", "power", "product", "function", "softmax", "copy"]


@dataclass(frozen=True)
class Arithmetic:
    """How one output value came about.

    ``operation`` says how the terms make the total:

    * "sum" (convolution, fully connected, addition, normalization …): Σ products + remainder + bias.
    * "mean": Σ products, each weight 1 / count. "power": (Σ products) ** (1 / p), each product value ** p.
    * "max", "min": the value of ``terms[winner]``. "copy": the one term's value.
    * "product": the product of the values. "function": a function of the values; ``symbols`` writes it out.
    * "softmax": the first term is the value's own, each product its share; the total is the first one's share
      (or its logarithm).
    """

    position: Position
    operation: Operation
    terms: tuple[Term, ...]
    """A window's terms go channel by channel and row by row; a fully connected layer's largest products first."""
    total: float
    bias: float | None = None
    remainder: float = 0.0
    """The sum of the ``remainder_count`` smallest products, which ``terms`` leaves out."""
    remainder_count: int = 0
    winner: int | None = None
    details: Mapping[str, float | str | bool] = field(default_factory=dict)
    """Further numbers by name: mean, variance, eps, scale, kept, denominator …"""
    symbols: str = ""
    figures: str = ""

    def __repr__(self) -> str:
        return written.arithmetic_text(self)

    def _repr_html_(self) -> str:
        return written.arithmetic_html(self)

    def formula(self, numbers: bool = False) -> Formula:
        """The value's formula, in symbols (O[n,i,j,k] = Σ …) or with this value's numbers; a notebook sets it."""
        return Formula(self.figures if numbers else self.symbols)


class Asked(Protocol):
    """Who answers what is asked of a step; a step itself is plain data."""

    def arithmetic(self, step: "Step", position: Position) -> Arithmetic:
        """How the output value at `position` came about."""

    def words(self, step: "Step") -> list[str]:
        """What the step does, in sentences."""

    def receptive_field(self, step: "Step") -> ReceptiveField | None:
        """How much of the image one value of the step depends on."""

    def window(self, step: "Step", position: Position, *, clipped: bool) -> Window | None:
        """The part of the image that the value at `position` depends on."""

    def back(self, step: "Step", position: Position, picture: int) -> Arithmetic:
        """How the loss's gradient at `position` came about."""

    def back_words(self, step: "Step") -> list[str]:
        """How the gradient goes through the step, in sentences."""


@dataclass(eq=False)
class Step:
    """One operation of the user's code, with what it took and what came out.

    Attributes:
        index: the place in ``Trace.steps``.
        name: stable and readable: the module's path for a module's own operation (``layer2.0.conv1``), else the
            variable that the statement assigns and the op (``conv1.relu``); ``#2`` … where a name comes again.
        op: the operation, in-place or not: ``conv2d``, ``relu``, ``add`` …
        kind: what sort of step it is, in a word: "convolution", "pooling" … (the names in `kinds/`),
            "input", "output", or "other".
        module: the path of the innermost module that ran it; "" for the network itself.
        source: the user's line: the one in the innermost module's forward, or in the function that forward does
            nothing but hand on to. For an `nn.Sequential` of the outermost level, which has no line that calls: the
            line that made the module. None where there is no source text at all.
        chain: every user line on the way, outermost first: callers, ``source``, wrappers.
        frames: for each line of ``chain`` which run of its function it belongs to, as a number of its own.
        definition: the line that made the module, where it was found.
        origins: the steps whose outputs went in, as ``inputs`` gives their indices; the others were constants.
        layout: which dimension of the output is which: "NCHW", "NHWC", "flat" ([N, C]), "NLC" …, or "other".
        axes: what the dimensions are made of where a layout cannot say it: windows of a picture, heads of its channels.
        parameters: the network's parameters that are first used here (so that the trace's sum is the network's).
        macs: multiply-accumulates for one image, as they are made: a convolution's weights and biases once for each
            output position (a transposed one's weights once for each of its input), a fully connected layer's once
            for each position that it is applied to, products of two results (attention's among them), and of a
            normalization, and of a learned scale, one for each value, or as many as it takes (docs/kinds.md). It is
            torchinfo's figure, but that counts a layer's parameters once where they meet every value. None where they
            are not counted: an operation that is not known, or is an algorithm of its own (a Fourier transform, an
            inverse), or cannot be watched (TorchScript).
        seconds: how long the operation itself took, the first of its results has it.
        memory: bytes of memory that its output takes anew; 0 where it looks at what was there.
        attributes: see this module's text.
        weight, bias: the tensors as the op took them.
        output: the result, a batch of one; later in-place operations have not changed it.
        asked: who answers for it.
        gradient: of the loss by the output, in its shape, as autograd has it; None where the way back was not traced,
            or leads nowhere near.
        consumers: the later steps that took the output, those of the loss among them; only of a traced way back.
    """

    index: int
    name: str
    op: str
    kind: str
    module: str
    source: Source | None
    chain: tuple[Source, ...]
    definition: Source | None
    origins: tuple["Step", ...] = field(repr=False)
    layout: str
    parameters: int
    macs: int | None
    attributes: dict[str, Any]
    weight: Tensor | None = field(repr=False)
    bias: Tensor | None = field(repr=False)
    output: Tensor = field(repr=False)
    call: "Call" = field(repr=False)
    asked: "Asked" = field(repr=False)
    frames: tuple[int, ...] = ()
    axes: Axes | None = field(default=None, repr=False)
    seconds: float = 0.0
    memory: int = 0
    gradient: Tensor | None = field(default=None, repr=False)
    consumers: tuple["Step", ...] = field(default=(), repr=False)

    @property
    def inputs(self) -> tuple[int, ...]:
        """Indices of the steps whose outputs this step took."""
        return tuple(step.index for step in self.origins)

    @property
    def callers(self) -> tuple[Source, ...]:
        """The other user lines on the way: those that called the source's function, and those inside wrappers."""
        return tuple(line for line in self.chain if line is not self.source)

    @property
    def wrapper(self) -> Source | None:
        """The innermost user line, where the source's line goes through a helper function to get there."""
        return self.chain[-1] if self.chain and self.chain[-1] is not self.source else None

    @property
    def input_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the inputs, batch first, as tensors have them."""
        return tuple(tuple(step.output.shape) for step in self.origins)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the output, batch first."""
        return tuple(self.output.shape)

    @cached_property
    def size(self) -> Size:
        """(height, width, channels) of the output."""
        channels, height, width = self.maps.shape
        return height, width, channels

    @property
    def maps(self) -> Tensor:
        """The output as feature maps, [channels, height, width]; of complex numbers the magnitudes."""
        plain = self.output.dequantize() if self.output.is_quantized else self.output
        return as_maps(plain.abs() if plain.is_complex() else plain, self.layout)

    @property
    def receptive_field(self) -> ReceptiveField | None:
        """What one output value depends on; None where an unknown operation stands in between."""
        return self.asked.receptive_field(self)

    def window(self, y: int = 0, x: int = 0, channel: int = 0, *, clipped: bool = True) -> Window | None:
        """The exact part of the image that this output value depends on; None where it is not known.

        Unclipped, it shows the padding too: rows and columns may lie outside of the image.
        """
        if not self.output.numel():
            return None
        return self.asked.window(self, self.check_position(y, x, channel), clipped=clipped)

    def arithmetic(self, y: int = 0, x: int = 0, channel: int = 0) -> Arithmetic:
        """How the output value at (y, x, channel) came about.

        Raises:
            InputError: the position lies outside of the output, or the operation has no arithmetic here.
        """
        return self.asked.arithmetic(self, self.check_position(y, x, channel))

    def words(self) -> list[str]:
        """What this step does, in short plain sentences with its own numbers."""
        return self.asked.words(self)

    def back(self, y: int = 0, x: int = 0, channel: int = 0, *, picture: int = 0) -> Arithmetic:
        """How the loss's gradient at (y, x, channel) came about: Σ over everything that took this value.

        Each term is a later value that hangs on this one: the gradient there (``value``), how much it grows with this
        value (``weight``), and their product.

        Args:
            picture: which one of a batch of several.

        Raises:
            InputError: the way back was not traced (``explain(…, label=…)``), or cannot be followed here.
        """
        return self.asked.back(self, self.check_position(y, x, channel), picture)

    def back_words(self) -> list[str]:
        """How the gradient goes back through this step, in short plain sentences with its own numbers."""
        return self.asked.back_words(self)

    def check_position(self, y: int, x: int, channel: int) -> Position:
        """(y, x, channel) as a position of the output.

        Raises:
            InputError: it lies outside of the output.
        """
        if not self.output.numel():
            raise InputError(f"{self.name} is empty, {list(self.output_shape)}: it has no value to show")
        for name, value, count in zip(("y", "x", "channel"), (y, x, channel), self.size, strict=True):
            if not 0 <= value < count:
                raise InputError(
                    f"{name} is {value}, outside of {self.name}, which is {size_text(self.size)} "
                    f"(height×width×channels); {name} goes from 0 to {count - 1}"
                )
        return y, x, channel

    def value(self, y: int = 0, x: int = 0, channel: int = 0) -> float:
        """The output's value at a position; of a complex number the magnitude."""
        found = self.output[index_of((y, x, channel), self.output_shape, self.layout)]
        return float(found.abs() if found.is_complex() else found)


@dataclass(frozen=True, eq=False)
class Call:
    """What was called and with what: steps stand where their outputs did, constants are kept as they were.

    ``values`` are the arguments by name, where the op is known. ``versions`` are how often each constant tensor had
    been changed by then: a weight that is trained on afterwards no longer explains this trace. ``random`` is the state
    of the random numbers before a call that drew some.
    """

    function: Callable[..., Any] | None
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    versions: tuple[tuple[Tensor, int], ...] = ()
    random: Tensor | None = None
