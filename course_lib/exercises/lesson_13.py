"""The exercises of lesson 13: AlexNet's sizes, parameters, memory and work."""

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "13_alexnet"


def why_224_solution():
    return "c"


why_224 = Choice(
    "13.why_224",
    options={
        "a": "224 is an even number, and a kernel of odd size needs an odd one",
        "b": "224 is less than 227, so the kernel does not reach the border",
        "c": "a window of 11 moved by 4 leaves 1 of the 213 pixels of room over",
        "d": "224 / 4 = 56, and AlexNet's first map is 55 wide",
    },
    solution=why_224_solution,
    hints=(
        "It fits when the room, size minus kernel, divides by the stride without a remainder.",
        "The room is 224 - 11 = 213. And 213 / 4?",
    ),
    mistakes=(
        Mistake("a", "225 is odd as well, and does not fit: 225 - 11 = 214 does not divide by 4"),
        Mistake("b", "any picture of at least 11 pixels holds the kernel; what counts is where its last step ends"),
        Mistake("d", "the size is not divided by the stride: the kernel's 11 pixels are taken away first"),
    ),
    explanation="213 / 4 = 53.25: 53 steps, 54 places, and one row and column of pixels that are never read.",
)


def layer_parameters_solution(inputs, outputs, kernel_size, groups):
    weights = kernel_size**2 * (inputs // groups)  # of one filter: it sees one group of the maps
    return outputs * (weights + 1)  # and its bias


layer_parameters = Function(
    "13.layer_parameters",
    solution=layer_parameters_solution,
    cases=(
        (3, 96, 11, 1), (96, 256, 5, 1), (96, 256, 5, 2), (256, 384, 3, 1), (384, 384, 3, 2), (384, 256, 3, 2),
        (256, 4096, 6, 1), (4096, 1000, 1, 1),
    ),
    hints=(
        "How many weights has one filter? It is kernel_size x kernel_size, and as deep as the maps that it sees.",
        "With groups it sees only inputs // groups maps.",
        "Each filter has one bias. Then times the number of filters, outputs.",
    ),
    mistakes=(
        Mistake(
            lambda inputs, outputs, kernel_size, groups: outputs * kernel_size**2 * (inputs // groups),
            "forgot the biases: each filter has one",
        ),
        Mistake(
            lambda inputs, outputs, kernel_size, groups: outputs * (kernel_size**2 * inputs + 1),
            "forgot the groups: with two towers a filter sees only half of the maps",
        ),
        Mistake(
            lambda inputs, outputs, kernel_size, groups: outputs // groups * (kernel_size**2 * (inputs // groups) + 1),
            "divided twice: each filter sees one group of the inputs, but all filters are still there",
        ),
        Mistake(
            lambda inputs, outputs, kernel_size, groups: outputs * (kernel_size * (inputs // groups) + 1),
            "a kernel is a square: kernel_size**2 weights for each map",
        ),
        Mistake(
            lambda inputs, outputs, kernel_size, groups: outputs * kernel_size**2 * (inputs // groups) + 1,
            "one bias for the whole layer is too few: each filter has its own",
        ),
        Mistake(
            lambda inputs, outputs, kernel_size, groups: outputs * (kernel_size**2 + 1),
            "forgot the depth: a filter is as deep as the maps that it sees",
        ),
    ),
    explanation="shapes.conv_parameter_count does this. A dense layer is a convolution whose kernel covers everything.",
)  # fmt: skip


def activation_bytes_solution():
    numbers = 96 * 55 * 55  # of one picture
    return 128 * numbers * 4  # float32 takes 4 bytes


activation_bytes = Number(
    "13.activation_bytes",
    solution=activation_bytes_solution,
    hints=(
        "How many numbers does conv1 put out for one picture? It has 96 maps of 55 x 55.",
        "A number in float32 has 32 bits, which are 4 bytes. And there are 128 pictures in a batch.",
    ),
    mistakes=(
        Mistake(96 * 55 * 55 * 4, "that is one picture; a batch has 128"),
        Mistake(128 * 96 * 55 * 55, "that is how many numbers; each takes 4 bytes in float32"),
        Mistake(128 * 96 * 55 * 55 * 8, "8 bytes are float64; float32 has 4"),
        Mistake(128 * 96 * 55 * 55 * 32, "32 bits are 4 bytes"),
        Mistake(128 * 55 * 55 * 4, "that is one map; conv1 has 96"),
        Mistake(128 * 3 * 227 * 227 * 4, "that is the input; the output of conv1 is asked for"),
        Mistake(34944 * 4, "those are the layer's parameters; they do not depend on the batch, the output does"),
        Mistake(148.6848, "in megabytes that is right; bytes are asked for"),
        Mistake(148.7, "in megabytes, rounded, that is right; bytes are asked for, and all of them"),
        Mistake(149, "rounded to megabytes that is right; bytes are asked for, and all of them"),
        Mistake(141.796875, "in units of 1024 * 1024 bytes that is right; bytes are asked for"),
    ),
    explanation="148,684,800 bytes, about 149 megabytes, for one layer's output. Its parameters take 0.14 megabytes.",
)


def where_solution():
    return "b"


where = Choice(
    "13.where",
    options={
        "a": "most parameters and most of the work are in the convolutional layers",
        "b": "most parameters are in the dense layers, most of the work is in the convolutional layers",
        "c": "most parameters are in the convolutional layers, most of the work is in the dense layers",
        "d": "most parameters and most of the work are in the dense layers",
    },
    solution=where_solution,
    hints=(
        "A weight of a dense layer is used once for each picture.",
        "A weight of conv1 is used at 55 x 55 places. Few weights can make much work.",
    ),
    mistakes=(
        Mistake("a", "fc6 alone has more parameters than all five convolutional layers together"),
        Mistake("c", "it is the other way round: a convolution's few weights are used at every place"),
        Mistake("d", "a dense layer uses each weight once; a convolution uses each of its weights at every place"),
    ),
    explanation="94 % of the parameters are dense, and 95 % of the multiply-adds are convolutions.",
)
