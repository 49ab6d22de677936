"""The exercises of lesson 15: what a print can promise, and how to find what is wrong with one."""

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "15_source_check"


def half_a_unit_solution():
    return 0.0001 / 2  # the last place is worth 0.0001; a rounded number is off by half of it at most


half_a_unit = Number(
    "15.half_a_unit",
    solution=half_a_unit_solution,
    hints=(
        "Numbers from 0.75015 to 0.75025 are all written 0.7502. How far are the ends from the middle?",
        "The last place of 0.7502 is worth 0.0001. Rounding goes to the nearer neighbour.",
    ),
    mistakes=(
        Mistake(0.0001, "that is a whole unit of the last place: rounding goes to the nearer neighbour"),
        Mistake(0.0005, "one nought is missing: the last place of 0.7502 is worth 0.0001"),
        Mistake(0.5, "half of a unit, but of which place? The last one printed is worth 0.0001"),
        Mistake(0.00001, "that is a tenth of the last place's unit; it is a half"),
    ),
    explanation="Half of 0.0001 is 0.00005. A print that is further away was not rounded, whatever else happened.",
)


def agree_solution(printed, value):
    decimals = len(printed.partition(".")[2])  # "0.7502" has four
    return abs(float(printed) - value) <= 0.5 * 10**-decimals


agree = Function(
    "15.agree",
    solution=agree_solution,
    cases=(
        ("0.7502", 0.750198),
        ("0.7501", 0.750198),
        ("0.0067", 0.00669285),
        ("4.86", 4.86516),
        ("2.33", 7 / 3),
        ("7", 7.3),
        ("7", 7.6),
        ("-0.0394", -0.0393815),
        ("0.0394", -0.0393815),
        ("-0.000275", -0.00027557),
        ("0.5", 0.54),
        ("1.0996", 1.09957),
        ("3.10", 3.1),
        ("3.10", 3.12),
        ("55", 55.0),
        ("54", 55.0),
        ("12", 12.003),
    ),
    hints=(
        'How many digits stand after the point? printed.partition(".")[2] is the text behind it.',
        "With d decimals the last place is worth 10**-d, and half of that is allowed.",
        "Compare abs(float(printed) - value) with 0.5 * 10**-decimals.",
    ),
    mistakes=(
        Mistake(
            lambda printed, value: float(printed) == value, "a print has few digits: being equal is too much to ask"
        ),
        Mistake(
            lambda printed, value: abs(float(printed) - value) <= 10 ** -len(printed.partition(".")[2]),
            "a whole unit of the last place is too much: then cut digits would pass for rounded ones",
        ),
        Mistake(
            lambda printed, value: abs(float(printed) - value) <= 0.00005,
            "this allows the same for every print; 7 promises less than 7.0000 does",
        ),
        Mistake(
            lambda printed, value: f"{value:.9f}".startswith(printed),
            "comparing digits from the left takes cut numbers for right, and rounded ones for wrong",
        ),
        Mistake(
            lambda printed, value: abs(abs(float(printed)) - abs(value)) <= 0.5 * 10 ** -len(printed.partition(".")[2]),
            "the sign counts too: a lost minus is one of the slips to find",
        ),
        Mistake(
            lambda printed, value: abs(float(printed) - value) <= 0.5 * 10 ** -len(printed),
            "count the digits behind the point, not all letters of the print",
        ),
    ),
    explanation="ledger.agree does the same, and knows prints such as 35e3 as well.",
)


def wrong_cell_solution():
    return "d"  # (9 + 2 * 2 - 5) / 2 + 1 = 5


wrong_cell = Choice(
    "15.wrong_cell",
    options={
        "a": "size 7, kernel 3, stride 2, padding 0: 3",
        "b": "size 8, kernel 3, stride 1, padding 1: 8",
        "c": "size 28, kernel 5, stride 1, padding 0: 24",
        "d": "size 9, kernel 5, stride 2, padding 2: 4",
        "e": "size 227, kernel 11, stride 4, padding 0: 55",
    },
    solution=wrong_cell_solution,
    hints=(
        "Run shapes.conv_output_size(size, kernel, stride, padding) for each row.",
        "One row looks as if its padding had been counted on one side, or the + 1 forgotten. Look at the even strides.",
    ),
    mistakes=(
        Mistake("a", "(7 - 3) / 2 + 1 is 3: this cell is right"),
        Mistake("b", "(8 + 2 - 3) / 1 + 1 is 8: this cell is right"),
        Mistake("c", "(28 - 5) / 1 + 1 is 24: this cell is right"),
        Mistake("e", "(227 - 11) / 4 + 1 is 55: this cell is right, and AlexNet's first"),
    ),
    explanation="(9 + 4 - 5) / 2 + 1 = 5. Without the + 1, or with padding on one side only, it would be 4: from the "
    "print alone nobody can tell which.",
)


def what_happened_solution():
    return "b"


what_happened = Choice(
    "15.what_happened",
    options={
        "a": "nothing: 4,800 is right",
        "b": "the 64 biases were left out",
        "c": "the last digits were cut off",
        "d": "the depth of the filters was forgotten",
    },
    solution=what_happened_solution,
    hints=(
        "Count once with and once without biases: shapes.conv_parameter_count has bias=False.",
        "64 * (5 * 5 * 3 + 1) is one of the two, 64 * 5 * 5 * 3 the other.",
    ),
    mistakes=(
        Mistake("a", "with biases, which the sentence includes, there are 4,864"),
        Mistake("c", "cutting 4,864 after two digits gives 4,800 too; but is there a count that gives 4,800 exactly?"),
        Mistake("d", "without the depth there would be 64 * 5 * 5 = 1,600"),
    ),
    explanation="64 * 75 = 4,800 weights, and 64 biases more make 4,864. A convention not said is a slip waiting.",
)
