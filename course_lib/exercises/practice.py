"""Practice without end: questions about sizes, made from a seed, each with a worked answer.

    practice = shapes_practice(seed=1)
    practice.next()        # asks a question
    practice.answer(5)     # right, or the name of the mistake
    practice.solution()    # the worked answer

Question n of a seed is the same on every machine. Two right answers in a row raise the level, two wrong ones lower it.
"""

import dataclasses
import math
import random

from course_lib import shapes
from course_lib.exercises.engine import Box, Outcome, difference, holds_ellipsis

HIGHEST_LEVEL = 6


@dataclasses.dataclass(frozen=True)
class Question:
    """A question with one whole number as its answer.

    `worked` are the steps to the answer, `call` is the course_lib expression that computes it, `mistakes` are
    (wrong answer, what went wrong), each wrong answer once.
    """

    kind: str
    text: str
    answer: int
    worked: str
    call: str
    mistakes: tuple


def shapes_practice(seed=1):
    """Questions about sizes, one after another; see the module. Another seed asks other questions."""
    return ShapesPractice(seed)


class ShapesPractice:
    """One learner's round of practice: the present question, the level, and how many came right at first."""

    def __init__(self, seed):
        self.seed = shapes.whole_number("seed", seed, 0)
        self.level, self.asked, self.right = 1, 0, 0
        self.question = None
        self._row = 0  # answers that came right (above 0) or wrong (below) in a row
        self._counted = True  # whether the present question has had its first answer

    def __repr__(self):
        score = f"{self.asked} asked, {self.right} right at the first answer, level {self.level} of {HIGHEST_LEVEL}"
        return f"Practice: {score}. practice.next() asks the next question."

    def next(self):
        """Ask the next question."""
        self.asked += 1
        self.question, self._counted = make_question(self.seed, self.asked, self.level), False
        return Box("hint", f"Question {self.asked}, level {self.level}: {self.question.text}")

    def answer(self, attempt):
        """The Outcome for a whole number; only the first answer to a question counts for the level."""
        if self.question is None:
            return Outcome("not attempted", "No question yet: run practice.next() first.")
        if holds_ellipsis(attempt):
            return Outcome("not attempted", "Not attempted yet: put your answer in place of the ... and run this cell.")
        problem = difference(attempt, self.question.answer)
        self._count(problem is None)
        if problem is None:
            steps = f"{self.question.worked}\n{self.question.call}"
            return Outcome("right", f"Right: {self.question.answer}. {self._standing()}", steps)
        named = [text for wrong, text in self.question.mistakes if difference(attempt, wrong) is None]
        return Outcome("wrong", f"Not yet: {(named or [problem])[0]}\nTry again, or see practice.solution().")

    def solution(self):
        """The worked answer to the present question; it then counts as not answered right."""
        if self.question is None:
            return Outcome("not attempted", "No question yet: run practice.next() first.")
        self._count(False)
        steps = f"{self.question.text}\n\n{self.question.worked}\n{self.question.call}"
        return Box("hint", f"Worked answer: {self.question.answer}", steps)

    def _count(self, is_right):
        if self._counted:
            return
        self._counted = True
        self.right += is_right
        self._row = max(self._row, 0) + 1 if is_right else min(self._row, 0) - 1
        if abs(self._row) == 2:
            self.level = min(max(self.level + self._row // 2, 1), HIGHEST_LEVEL)
            self._row = 0

    def _standing(self):
        return f"{self.right} of {self.asked} right at the first answer; practice.next() asks at level {self.level}."


def make_question(seed, number, level):
    """Question `number` of a seed, at a level from 1 to 6. Only the generator's random() is used: it never changes."""
    generator = random.Random(f"{seed} {number}")

    def draw(low, high):
        return low + int(generator.random() * (high - low + 1))

    kinds = KINDS[min(level, HIGHEST_LEVEL)]
    return kinds[draw(0, len(kinds) - 1)](draw, level)


# Kinds of questions. Each takes draw(low, high), a whole number in that range, and the level.


def output_question(draw, level):
    """How long is the output of one convolution?"""
    layer = draw_layer(draw, level)
    size = draw(max(6, layer.extent), 12 if level == 1 else 40)
    text = f"An input {size} pixels wide meets {layer.words}. How wide is the output?"
    mistakes = size_mistakes(size, *layer.numbers)
    return question("output", text, layer.output(size), layer.steps(size), layer.call(size), mistakes)


def keeping_question(draw, level):
    """Which padding keeps the size? Odd kernels and stride 1, so that both sides get the same."""
    kernel, dilation = 2 * draw(1, 5) + 1, draw(2, 4) if level >= 4 else 1
    span = shapes.window_extent(kernel, dilation)
    size = draw(span, span + 30)
    layer = Layer(kernel, dilation=dilation)
    text = f"With stride 1, {layer.words} is to keep an input of {size} pixels at its size. How much padding per side?"
    answer = shapes.same_padding(size, kernel, dilation=dilation)[0]
    worked = f"{layer.span_step}With stride 1, a window of {span} takes {span} - 1 = {span - 1} pixels away. "
    worked += f"Half of them come back on each side: {answer}."
    mistakes = (
        (span - 1, "that is what both sides need together; per side it is half"),
        (span // 2 + 1, "one too many: of the window's pixels one is the centre, which needs no padding"),
        ((kernel - 1) // 2, "ignored the dilation: the gaps make the window wider"),
        (dilation * kernel // 2, "the gaps lie between the weights: the kernel spans dilation * (kernel - 1) + 1"),
        (0, "without padding the output is smaller than the input"),
    )
    call = f"shapes.same_padding({size}, kernel_size={kernel}{with_name('dilation', dilation, 1)})[0]"
    return question("keeping", text, answer, worked, call, mistakes)


def input_question(draw, level):
    """What input gave this output? With a stride above 1 several do: the smallest (or the largest) is asked for."""
    layer = draw_layer(draw, level)
    out = layer.output(draw(max(6, layer.extent), 12 if level <= 2 else 40))
    largest = level == HIGHEST_LEVEL and draw(0, 1) == 1
    spare = layer.stride - 1  # so many pixels more are left unread
    extra = spare if largest else 0
    way, padded = (out - 1) * layer.stride, 2 * layer.padding
    covered = way + layer.extent
    answer = covered - padded + extra
    which = "" if layer.stride == 1 else "largest possible " if largest else "smallest possible "
    text = f"After {layer.words}, the output is {out} pixels wide. How wide was the {which}input?"
    moves = f"{out} windows make {out - 1} step{'s' if out != 2 else ''}"
    steps = f"{layer.span_step}{moves} of {layer.stride}: {way} pixels. "
    steps += f"The last window spans {layer.extent} more: {covered}."
    steps += f" {padded} of them are padding: {covered - padded}." if padded else ""
    steps += f" Up to {extra} more {'is' if extra == 1 else 'are'} left unread: {answer}." if extra else ""
    mistakes = (
        (answer + layer.stride, f"{moves}, not {out}"),
        (covered + extra, "the windows cover the padding too, but it is no part of the input"),
        (answer + layer.padding, "took away the padding of one side only"),
        (answer + spare - 2 * extra, f"that is the {'smallest' if largest else 'largest'} one"),
        (answer - layer.extent + layer.kernel, "ignored the dilation: the gaps make the window wider"),
        (out * layer.stride, "steps alone: the last window reaches further than its first pixel"),
        (out + padded - layer.extent + 1, "that goes forwards from this output, not back to its input"),
    )
    settings = "".join(with_name(*named) for named in (*layer.named, ("output_padding", extra, 0)))
    call = f"shapes.conv_transpose_output_size({out}, kernel_size={layer.kernel}{settings})"
    return question("input", text, answer, steps, call, mistakes)


def transposed_question(draw, level):
    """How long is the output of a transposed convolution?"""
    size, kernel, stride = draw(2, 12), draw(2, 5), draw(2, 4)
    padding, extra = draw(0, (kernel - 1) // 2), draw(0, stride - 1) if level >= 6 else 0
    settings = f"stride {stride}" + (f", padding {padding} on each side" if padding else "")
    settings += f" and output padding {extra}" if extra else ""
    text = f"A transposed convolution with kernel {kernel}, {settings} gets {size} pixels. How many come out?"
    spread = (size - 1) * stride + kernel
    answer = shapes.conv_transpose_output_size(size, kernel, stride, padding, extra)
    worked = f"{size} pixels lie {stride} apart: the last one {(size - 1) * stride} pixels after the first. "
    worked += f"Its kernel reaches {kernel} pixels: {spread}."
    worked += f" Padding takes away 2 * {padding}: {spread - 2 * padding}." if padding else ""
    worked += f" Output padding adds {extra}: {answer}." if extra else ""
    mistakes = (
        (answer + stride, f"{size} pixels lie {size - 1} steps apart, not {size}"),
        (spread + 2 * padding + extra, "padding takes pixels away from a transposed convolution's output"),
        (spread + extra, "forgot the padding, which takes pixels away on both sides"),
        (spread - padding + extra, "took away the padding of one side only"),
        (answer - extra, "forgot the output padding"),
        (answer + extra, "output padding is added on one side only"),
        (size * stride, "size * stride is right only where the kernel is as large as the stride and nothing is padded"),
        ((size + 2 * padding - kernel) // stride + 1, "that is what a convolution, not its transpose, makes of it"),
    )
    more = with_name("padding", padding, 0) + with_name("output_padding", extra, 0)
    call = f"shapes.conv_transpose_output_size({size}, kernel_size={kernel}, stride={stride}{more})"
    return question("transposed", text, answer, worked, call, mistakes)


def chain_question(draw, level):
    """How long is the output of convolutions and poolings in a row?"""
    layers = []
    for place in range(level - 2 if level < HIGHEST_LEVEL else 4):
        if place % 2:
            layers.append(Layer(2 + draw(0, 1), 2, pooling=True))
        else:
            kernel = 2 * draw(1, 2) + 1
            layers.append(Layer(kernel, padding=draw(0, 1) * (kernel // 2)))
    size = draw(28, 64)
    text = f"An input {size} pixels wide goes through {'; then '.join(layer.words for layer in layers)}. "
    text += "How wide is the output?"
    sizes, call, worked = [size], str(size), []
    for layer in layers:
        worked.append(layer.steps(sizes[-1]))
        sizes.append(layer.output(sizes[-1]))
        call = layer.call(call)
    before_last = "stopped too early: this is the size before the last layer"
    slips = size_mistakes(sizes[-2], *layers[-1].numbers)
    mistakes = [(sizes[-2], before_last), *((wrong, f"in the last layer: {slip}") for wrong, slip in slips)]
    for place in range(len(layers) - 1):
        left_out = through(size, layers[:place] + layers[place + 1 :])
        mistakes.append((left_out, f"left out layer {place + 1}, {layers[place].words}"))
    mistakes.append((through(size, layers, "ceil"), "rounded up where a window did not fit: these layers round down"))
    return question("chain", text, sizes[-1], "\n".join(worked), call, mistakes)


def zeros_question(draw, level):
    """How many zeros does "same" add in all, for an even kernel or a stride?"""
    kernel, stride = (2 * draw(1, 4), 1) if level <= 4 else (draw(3, 7), draw(2, 4))
    size = draw(9, 40)
    text = f'Padding "same" for {size} pixels, kernel {kernel} and stride {stride}: how many zeros are added in all?'
    before, after = shapes.same_padding(size, kernel, stride)
    out = math.ceil(size / stride)
    needed = (out - 1) * stride + kernel
    worked = f"The output gets {size} / {stride}, rounded up, = {out} pixels. Its {out} windows cover "
    worked += (
        f"{out - 1} * {stride} + {kernel} = {needed} pixels, {size} are there. Zeros: {before} before, {after} after."
    )
    mistakes = (
        (before, "that is the padding before alone; the sides after count as well"),
        (after, "that is the padding after alone; the sides before count as well"),
        (2 * after, "both sides got the larger half: an odd zero goes to one side only, after the pixels"),
        (2 * before, "both sides got the smaller half: an odd zero goes to the side after the pixels"),
        (kernel - 1, "kernel - 1 is right for stride 1; with a stride fewer zeros are enough"),
        (kernel, "one too many: a window of one pixel needs no padding at all"),
    )
    call = f"sum(shapes.same_padding({size}, kernel_size={kernel}{with_name('stride', stride, 1)}))"
    return question("zeros", text, before + after, worked, call, mistakes)


KINDS = {
    1: (output_question, keeping_question),
    2: (output_question, input_question, keeping_question),
    3: (output_question, zeros_question, input_question),
    4: (output_question, keeping_question, chain_question),
    5: (transposed_question, chain_question, zeros_question, input_question),
    6: (transposed_question, chain_question, output_question, input_question),
}


# What the kinds share


@dataclasses.dataclass(frozen=True)
class Layer:
    """A convolution or pooling along one axis, in numbers and in words."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    pooling: bool = False

    @property
    def extent(self):
        return shapes.window_extent(self.kernel, self.dilation)

    @property
    def numbers(self):
        """What size_mistakes takes after the size."""
        return self.kernel, self.stride, self.padding, self.padding, self.dilation

    @property
    def named(self):
        """(name, value, default) of each setting but the kernel."""
        return ("stride", self.stride, 1), ("padding", self.padding, 0), ("dilation", self.dilation, 1)

    @property
    def words(self):
        settings = [f"stride {self.stride}"] if self.stride > 1 else []
        settings += [f"padding {self.padding} on each side"] if self.padding else []
        settings += [f"dilation {self.dilation}"] if self.dilation > 1 else []
        article = "max pooling of" if self.pooling else "a kernel of"
        return f"{article} {self.kernel}" + (f" with {' and '.join(settings)}" if settings else "")

    @property
    def span_step(self):
        """What the dilation makes of the kernel, in words; nothing without dilation."""
        if self.dilation == 1:
            return ""
        return f"The kernel spans {self.dilation} * ({self.kernel} - 1) + 1 = {self.extent} pixels. "

    def output(self, size):
        return shapes.conv_output_size(size, self.kernel, self.stride, self.padding, self.dilation)

    def call(self, size):
        """The course_lib expression; `size` is a number or an expression itself."""
        names = "".join(with_name(*named) for named in self.named)
        return f"shapes.conv_output_size({size}, kernel_size={self.kernel}{names})"

    def steps(self, size):
        """The worked answer of one layer."""
        padded = size + 2 * self.padding
        room = padded - self.extent
        text = self.span_step
        text += f"Padded: {size} + 2 * {self.padding} = {padded}. " if self.padding else ""
        text += f"Room to move: {padded} - {self.extent} = {room}. "
        if self.stride > 1:
            down = " rounded down" if room % self.stride else ""
            text += f"Steps: {room} / {self.stride}{down} = {room // self.stride}. "
        return text + f"And the starting place: {room // self.stride} + 1 = {self.output(size)}."


def draw_layer(draw, level):
    """A convolution with as many settings as the level allows."""
    kernel = draw(2, 5) if level <= 2 else draw(2, 7)
    stride = draw(2, 4) if level >= 3 else 1
    padding = draw(1, kernel // 2) if level >= 2 else 0
    dilation = draw(2, 3) if level in (4, 6) else 1
    return Layer(kernel, stride, padding, dilation)


def size_mistakes(size, kernel_size, stride=1, before=0, after=0, dilation=1, rounding="floor"):
    """((wrong output size, what went wrong), ...) for a convolution along one axis: the slips that people make.

    A size of 0 stands for "does not fit". Each wrong size comes once, with the first reason that leads to it.

    >>> dict(size_mistakes(7, 3, stride=2))[2]
    'forgot the + 1: n steps have n + 1 places to stand on'
    """
    extent, padded = shapes.window_extent(kernel_size, dilation), size + before + after
    room = padded - extent
    fits = room >= 0 and not (rounding == "exact" and room % stride)
    right = shapes.conv_output_size(size, kernel_size, stride, (before, after), dilation, rounding) if fits else 0

    def rounded(room):
        return (math.ceil(room / stride) if rounding == "ceil" else room // stride) + 1

    up = "rounded up: the last window would hang over the end, so it does not count"
    down = 'rounded down: with "ceil" the last window may hang over the end'
    exact = 'it does not fit: the last window would not end where the pixels end, and "exact" refuses that'
    reasons = (
        *(((room // stride + 1, exact), (math.ceil(room / stride) + 1, exact)) if rounding == "exact" else ()),
        (rounded(room) - 1, "forgot the + 1: n steps have n + 1 places to stand on"),
        (rounded(room - after), "padded one side only: zeros are added before and after"),
        (rounded(room - before), "padded one side only: zeros are added before and after"),
        (rounded(room - before - after), "forgot the padding"),
        (rounded(padded - kernel_size), "ignored the dilation: the kernel spans dilation * (kernel - 1) + 1 pixels"),
        (rounded(padded - dilation * kernel_size), "the gaps lie between the weights: dilation * (kernel - 1) + 1"),
        (room + 1, "forgot the stride"),
        (math.ceil(room / stride) + 1, up),
        (room // stride + 1, down),
        (padded // stride, "forgot to take the kernel away"),
        (padded // stride + 1, "forgot to take the kernel away"),
        (0, "it does fit"),
    )
    return distinct(right, reasons)


def through(size, layers, rounding="floor"):
    """The size after all layers."""
    for layer in layers:
        size = shapes.conv_output_size(size, layer.kernel, layer.stride, layer.padding, layer.dilation, rounding)
    return size


def question(kind, text, answer, worked, call, mistakes):
    return Question(kind, text, answer, worked, call, distinct(answer, mistakes))


def distinct(right, mistakes):
    """The mistakes whose answer is a size and wrong, each wrong answer once, with its first reason."""
    first = {}
    for wrong, text in mistakes:
        if wrong >= 0 and wrong != right:
            first.setdefault(wrong, text)
    return tuple(first.items())


def with_name(name, value, default):
    """An argument for a call, or nothing where it is the default."""
    return "" if value == default else f", {name}={value}"
