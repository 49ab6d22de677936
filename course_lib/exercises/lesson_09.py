"""The exercises of lesson 09: output sizes, padding, parameters."""

import math

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "09_output_size"


def first_layer_solution():
    return (227 - 11) // 4 + 1  # 216 pixels of room, 54 steps of 4, and the starting place


first_layer = Number(
    "09.first_layer",
    solution=first_layer_solution,
    hints=(
        "How far can the window move before it reaches the other end? That is size minus kernel.",
        "216 pixels of room make 216 / 4 steps. And there is one more place than there are steps.",
    ),
    mistakes=(
        Mistake(54, "forgot the + 1: 54 steps have 55 places to stand on"),
        Mistake(56, "227 / 4, rounded down: the kernel has not been taken away"),
        Mistake(57, "227 / 4, rounded down, + 1: the kernel has not been taken away"),
        Mistake(217, "that is the output for stride 1: this window moves by 4"),
        Mistake(54.25, "the + 1 stands behind the division: (227 - 11) / 4 + 1"),
        Mistake(55 * 55, "that is the number of places in the whole map; the width is asked for"),
    ),
    explanation="(227 - 11) / 4 + 1 = 55, without a remainder. AlexNet's first layer has 55 x 55 places.",
)


def fits_solution():
    return "b"


fits = Choice(
    "09.fits",
    options={
        "a": "size 8, kernel 3, stride 2, padding 0",
        "b": "size 8, kernel 3, stride 3, padding 2",
        "c": "size 8, kernel 3, stride 2, padding 1",
        "d": "size 8, kernel 5, stride 4, padding 0",
    },
    solution=fits_solution,
    hints=(
        "It fits when the room, size + 2 * padding - kernel, divides by the stride without a remainder.",
        "The rooms are 5, 9, 7 and 3 pixels. The strides are 2, 3, 2 and 4.",
    ),
    mistakes=(
        Mistake("a", "the room is 8 - 3 = 5 pixels, and 5 / 2 leaves a remainder: the last pixel is never read"),
        Mistake("c", "the room is 8 + 2 - 3 = 7 pixels, and 7 / 2 leaves a remainder"),
        Mistake("d", "the room is 8 - 5 = 3 pixels: less than one step of 4, but not none"),
    ),
    explanation="8 + 2 * 2 - 3 = 9 pixels of room are three steps of 3. The output has 4 pixels, and nothing is left.",
)


def output_size_solution(size, kernel_size, stride, padding):
    room = size + 2 * padding - kernel_size
    return room // stride + 1


output_size = Function(
    "09.output_size",
    solution=output_size_solution,
    cases=((7, 3, 1, 0), (7, 3, 2, 0), (7, 3, 3, 0), (7, 3, 1, 1), (32, 5, 1, 2), (224, 11, 4, 2), (9, 2, 4, 0)),
    hints=(
        "Two lines: first the room that the window has, then the number of its places.",
        "room = size + 2 * padding - kernel_size",
        "Whole division rounds down: room // stride + 1.",
    ),
    mistakes=(
        Mistake(lambda size, kernel, stride, padding: (size + 2 * padding - kernel) // stride, "forgot the + 1"),
        Mistake(
            lambda size, kernel, stride, padding: (size + padding - kernel) // stride + 1,
            "padded one side only: the padding is added on both sides",
        ),
        Mistake(lambda size, kernel, stride, padding: (size - kernel) // stride + 1, "forgot the padding"),
        Mistake(
            lambda size, kernel, stride, padding: size + 2 * padding - kernel + 1,
            "forgot the stride: right only where the window moves by 1",
        ),
        Mistake(
            lambda size, kernel, stride, padding: math.ceil((size + 2 * padding - kernel) / stride) + 1,
            "rounded up: a last window that hangs over the end does not count",
        ),
        Mistake(
            lambda size, kernel, stride, padding: (size + 2 * padding - kernel) / stride + 1,
            "2.33 pixels do not exist: round down, as with // instead of /",
        ),
        Mistake(
            lambda size, kernel, stride, padding: (size + 2 * padding - kernel + 1) // stride,
            "the + 1 stands behind the division: first divide, then add",
        ),
    ),
    explanation="shapes.conv_output_size does this, with dilation and a choice of rounding on top.",
)


def same_sides_solution(kernel_size):
    total = kernel_size - 1
    before = total // 2
    return before, total - before  # an odd pixel goes after


same_sides = Function(
    "09.same_sides",
    solution=same_sides_solution,
    cases=((1,), (2,), (3,), (4,), (5,), (8,), (11,)),
    hints=(
        "With stride 1 a window of K pixels takes K - 1 pixels away. So many zeros must be added in all.",
        "Half of K - 1, rounded down, goes before the row. What is left over goes after it.",
        "before = (kernel_size - 1) // 2, and the two must add up to kernel_size - 1.",
    ),
    mistakes=(
        Mistake(
            lambda kernel_size: ((kernel_size - 1) // 2,) * 2,
            "for even kernels one zero is missing: the two sides must add up to kernel_size - 1",
        ),
        Mistake(
            lambda kernel_size: (kernel_size // 2,) * 2,
            "for even kernels there is one zero too many: the two sides must add up to kernel_size - 1",
        ),
        Mistake(
            lambda kernel_size: (kernel_size // 2, (kernel_size - 1) // 2),
            "the size is kept, but the odd zero stands before; here, as in PyTorch and TensorFlow, it goes after",
        ),
        Mistake(
            lambda kernel_size: ((kernel_size - 1) / 2,) * 2,
            "half a pixel cannot be added: use //, and what is left goes after",
        ),
        Mistake(lambda kernel_size: (kernel_size - 1,) * 2, "that is full padding: the output grows"),
    ),
    explanation="K = 4 gives (1, 2): K/2 - 1 before and K/2 after. So does shapes.same_padding(7, 4).",
)


def full_slip_solution():
    return "c"


full_slip = Choice(
    "09.full_slip",
    options={
        "a": "it is right for every stride",
        "b": "it is right for no stride",
        "c": "it is right for stride 1 only",
        "d": "it is right for even strides only",
    },
    solution=full_slip_solution,
    hints=(
        "Put p = K - 1 into (W - K + 2p) / s + 1 and simplify: the bracket becomes W + K - 2.",
        "Take W = 7, K = 3. For s = 1 both give 9. Try s = 2.",
    ),
    mistakes=(
        Mistake("a", "for W = 7, K = 3 and s = 2 it says 10 / 2 - 1 = 4, but 8 / 2 + 1 = 5 windows fit"),
        Mistake("b", "for s = 1 the two agree: W + K - 2 + 1 = W + K - 1"),
        Mistake("d", "2 is an even stride: for W = 7 and K = 3 the printed form says 4, but 5 windows fit"),
    ),
    explanation="(W + K - 2) / s + 1 is (W + K) / s - 2 / s + 1, and -2 / s + 1 is -1 for s = 1 only.",
)


def parameters_solution():
    weights = 3 * 3 * 64  # the filter is as deep as its input
    return 128 * (weights + 1)  # and each filter has one bias


parameters = Number(
    "09.parameters",
    solution=parameters_solution,
    hints=(
        "How many weights has one filter? It is 3 x 3, and as deep as its input.",
        "3 * 3 * 64 weights and one bias: so much for one filter. There are 128.",
    ),
    mistakes=(
        Mistake(128 * 576, "forgot the biases: each of the 128 filters has one"),
        Mistake(128 * 10, "forgot the depth: a filter is as deep as its input, 3 x 3 x 64"),
        Mistake(128 * 9, "forgot the depth (3 x 3 x 64), and the biases"),
        Mistake(577, "that is one filter; the layer has 128"),
        Mistake(128 * 576 + 1, "one bias for the whole layer is too few: each filter has its own"),
        Mistake(128 * (576 + 64), "one bias for each input map is too many: a filter adds up all maps, then one bias"),
        Mistake(
            64 * (3 * 3 * 128 + 1), "input and output depth are swapped: 64 is the depth, 128 the number of filters"
        ),
        Mistake(128 * 577 * 56 * 56, "the picture's size does not count: the same weights are used at every place"),
    ),
    explanation="128 * (3 * 3 * 64 + 1) = 73,856, whether the picture has 56 x 56 pixels or 5 x 5.",
)
