"""Makes hand-ins for the tests of grading: a lesson's notebook with other sources in some of its cells."""

import json
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
RIGHT = {
    "hole": "mean_around_the_hole = 80",
    "convolve": "def convolve(image, kernel):\n    return filters.correlate2d(image, kernel[::-1, ::-1])",
    "shift": 'my_choice = "a"',
    "move": "my_kernel = np.zeros((3, 3))\nmy_kernel[0, 1] = 1",
    "edge": "def edge_strength(image):\n    return filters.sobel_gradient(image, border='edge')[0]",
    "sides": "sides = -0.5",
}  # fmt: skip


def notebook(answers, before=(), lesson="07_filters"):
    """The lesson with answers, {"hole": source} for its cell "hole-exercise"; the cells of `before` follow on setup."""
    book = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    for cell in book["cells"]:
        name, _, kind = cell["id"].rpartition("-")
        if kind == "exercise" and name in answers:
            cell["source"] = answers[name]
    own = [{"cell_type": "code", "id": f"own-{n}", "metadata": {}, "source": source} for n, source in enumerate(before)]
    book["cells"][2:2] = own
    return book
