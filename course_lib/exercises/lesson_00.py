"""The exercises of lesson 00: three short ones, to see how they work."""

from course_lib.exercises.engine import Choice, Function, Mistake, Number

LESSON = "00_start_here"


def places_solution():
    return 10 - 3 + 1  # the first window starts at pixel 0, the last at pixel 7


places = Number(
    "00.places",
    solution=places_solution,
    hints=(
        "Draw ten boxes in a row and lay three fingers on the first three. That is one place.",
        "Count the pixels on which the window's left end can stand: 0, 1, 2 and so on. Where does it stand last?",
    ),
    mistakes=(
        Mistake(7, "7 steps are right, but the window was somewhere before the first step: count that place as well"),
        Mistake(10, "at two of these places the window would hang over the row's end"),
        Mistake(3, "the windows may overlap: each step is one pixel, not three"),
        Mistake(9, "nearly: at the last of these places one pixel of the window would hang over the end"),
    ),
    explanation="10 - 3 + 1 = 8. You will meet this + 1 again: it is the most forgotten number of the whole field.",
)


def output_size_solution(size, kernel_size):
    return size - kernel_size + 1


output_size = Function(
    "00.output_size",
    solution=output_size_solution,
    cases=((10, 3), (28, 5), (7, 7), (227, 11)),
    hints=(
        "You worked out one case in the first exercise: 10 pixels, a window of 3, 8 places.",
        "The window's left end can stand on pixel 0, and last on pixel size - kernel_size.",
    ),
    mistakes=(
        Mistake(lambda size, kernel_size: size - kernel_size, "you forgot the place where the window starts: + 1"),
        Mistake(lambda size, kernel_size: size // kernel_size, "the windows may overlap, they move by one pixel"),
        Mistake(
            lambda size, kernel_size: size - kernel_size - 1, "one step too short on both ends: mind the sign of 1"
        ),
    ),
    explanation="From lesson 09 on this grows a stride, a padding and a dilation. The core stays.",
)


def bug_solution():
    return "b"  # range(10 - 3) stops at start 6; the window that starts at 7 still fits


bug = Choice(
    "00.bug",
    options={
        "a": "it starts one pixel too late",
        "b": "it misses the last window",
        "c": "its windows are one pixel too wide",
        "d": "nothing, it is right",
    },
    solution=bug_solution,
    hints=("Which starts does range(7) give?", "The window row[7:10] holds the last three pixels. Is it printed?"),
    mistakes=(
        Mistake("a", "range(7) starts at 0, so the first window is there"),
        Mistake("c", "row[start : start + 3] holds three pixels: start, start + 1, start + 2"),
        Mistake("d", "count the windows that it prints, and compare with your first answer"),
    ),
    explanation="range(10 - 3) gives 0 to 6: seven windows. It must be range(10 - 3 + 1).",
)
