"""The house has floors: a module imports only from modules below it, and a few packages only in one place."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "course_lib"
FLOORS = (  # from the ground up, as in the course's design; a module that is not there yet costs nothing
    "shapes", "backend", "autograd", "winograd", "fourier", "toeplitz", "convolution", "pooling", "normalisation",
    "activations", "losses", "filters", "perceptron", "two_layer", "gradcheck", "data", "augmentation", "scanning",
    "layers", "network", "architectures", "timing", "recipes", "experiments", "ledger", "plots", "exercises", "widgets",
    "benchmarks", "commands", "teaching", "__main__",
)  # fmt: skip
ONLY_IN = {  # package: the modules or folders that may import it
    "matplotlib": ("plots",),
    "ipywidgets": ("widgets",),
    "anywidget": ("widgets",),
    "cupy": ("backend",),
    "distributed": ("teaching",),
    "rich": ("teaching",),
    "nbclient": ("commands",),
    "nbformat": ("commands",),
    "nbconvert": ("commands",),
    "jinja2": ("commands",),
    "latex2mathml": ("commands",),
    "yaml": ("ledger",),
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def floor(path):
    """The floor's name: the module, or the folder that it lies in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """Every module that the file imports, with its full name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "course_lib")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_only_go_down(path):
    for name in imported(path):
        if name.startswith("course_lib."):
            other = name.split(".")[1]
            assert FLOORS.index(other) <= FLOORS.index(floor(path)), f"{path.name} imports {name}"
        assert floor(path) in ONLY_IN.get(name.split(".")[0], FLOORS), f"{path.name} imports {name}"


def test_every_module_has_a_floor():
    assert {floor(path) for path in FILES} <= set(FLOORS)


def test_importing_the_package_loads_no_array_library():
    code = "import sys, course_lib; print(sorted({'numpy', 'matplotlib', 'PIL', 'anywidget'} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert answer.stdout == "[]\n"


def test_a_module_loads_when_it_is_first_used_and_a_wrong_name_gets_the_list():
    import course_lib

    assert course_lib.shapes.conv_output_size(10, 3) == 8
    assert {"filters", "plots", "widgets"} <= set(dir(course_lib))
    with pytest.raises(AttributeError, match=r"course_lib has no module 'filter'; it has .*filters"):
        course_lib.filter  # noqa: B018
