"""The backprop player's state as course_lib code, and the way back.

What is pasted is read by its syntax tree, against a short list of what may stand there; nothing of it is ever run.
"""

import ast

import numpy as np
import traitlets

from course_lib import two_layer

SHAPES = {
    "x": (3,), "t": (2,), "learning_rate": (), "momentum": (), "hidden": (2, 3), "output": (2, 2),
    "velocity_hidden": (2, 3), "velocity_output": (2, 2),
}  # fmt: skip
LARGEST = 1e6  # of any number that is typed or pasted
PRECISIONS = ("source", "full")
TORCH = """\
import torch

hidden, output = (torch.tensor(w.copy(), requires_grad=True) for w in (weights.hidden, weights.output))
o_hidden = torch.sigmoid(hidden @ torch.tensor(x, dtype=torch.float64))
o_output = torch.sigmoid(output @ o_hidden)
error = 0.5 * ((torch.tensor(t) - o_output) ** 2).sum()  # in full precision: PyTorch rounds nowhere
error.backward()
new_hidden = hidden.detach() - {eta!r} * hidden.grad + {alpha!r} * torch.tensor(velocity.hidden.copy())
new_output = output.detach() - {eta!r} * output.grad + {alpha!r} * torch.tensor(velocity.output.copy())"""


class Numbers(traitlets.TraitType):
    """A number or (rows of) numbers, of the shape and range that belong to the trait's name; arrays become lists."""

    def validate(self, _explorer, value):
        return checked(self.name, value)


def given(weights, velocity=None):
    """The example's x, t, learning rate and no momentum, with these weights and changes before: a state by name."""
    _, x, t, learning_rate = two_layer.worked_example()
    velocity = velocity or weights.each(np.zeros_like)
    state = {
        "x": x, "t": t, "learning_rate": learning_rate, "momentum": 0.0,
        "hidden": weights.hidden, "output": weights.output,
        "velocity_hidden": velocity.hidden, "velocity_output": velocity.output,
    }  # fmt: skip
    return {name: checked(name, value) for name, value in state.items()}


def checked(name, value):
    """The value as a float or as (rows of) floats. TraitError where its shape or range is not that of this name."""
    problem = None
    array = np.asarray(value) if not _ragged(value) else np.empty(0)
    if array.shape != SHAPES[name] or array.dtype.kind not in "iuf":
        size = " x ".join(map(str, SHAPES[name]))
        problem = f"takes {f'{size} numbers' if size else 'a number'}"
    elif not (np.abs(array) <= LARGEST).all():
        problem = f"takes numbers up to {LARGEST:,.0f}"
    else:
        problem = _out_of_range(name, array)
    if problem:
        raise traitlets.TraitError(f"{name} {problem}, not {value!r}")
    return array.astype(float).tolist()


def _ragged(value):
    try:
        np.asarray(value)
    except ValueError:
        return True
    return False


def _out_of_range(name, array):
    """What is wrong with numbers of the right shape, or None."""
    if name == "t" and ((array < 0) | (array > 1)).any():
        return "takes targets from 0 to 1, which a sigmoid unit can reach"
    if name == "learning_rate" and not array > 0:
        return "must be more than 0"
    if name == "momentum" and not 0 <= array < 1:
        return "must be at least 0 and less than 1"
    return None


EXAMPLE = given(two_layer.worked_example()[0])
_ZEROS = {name: EXAMPLE[name] for name in ("velocity_hidden", "velocity_output")}


def as_code(step):
    """A step as course_lib code that computes it again; parse_code() reads it back."""
    return (
        "from course_lib import two_layer\n\n"
        f"weights = two_layer.{step.weights!r}\n"
        f"velocity = two_layer.{step.velocity!r}\n"
        f"x = {step.x.tolist()}\n"
        f"t = {step.t.tolist()}\n"
        f"step = two_layer.step(weights, x, t, learning_rate={step.learning_rate!r}, momentum={step.momentum!r}, "
        f'velocity=velocity, precision="{step.precision}")\n'
        "two_layer.labelled(step)"
    )


def parse_code(text):
    """The state that code of the form of as_code() describes. ValueError with line and column where it differs.

    The PyTorch part, from its import on, is not read; so all that "Show code" copies can be pasted.
    """
    if len(text) > 20_000:
        raise ValueError(f"{len(text)} characters are too many: the player's code has about 600")
    lines = text.split("\n")
    torch = next((number for number, line in enumerate(lines) if line.strip() == "import torch"), len(lines))
    try:
        body = ast.parse("\n".join(lines[:torch])).body
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}, column {error.offset}: this is not Python ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError):
        raise ValueError("line 1, column 1: this is not Python that can be read") from None
    found = {}
    for statement in body:
        _read_statement(statement, found)
    for name in ("weights", "x", "t", "step"):
        if name not in found:
            raise ValueError(f"line {len(lines)}, column 1: the code ends without {name} = ...")
    usual = {"momentum": 0.0, "precision": "full", **_ZEROS}
    return {**usual, **found["weights"], "x": found["x"], "t": found["t"], **found["step"]}


def _read_statement(statement, found):
    """Put what an assignment says into `found`; the import and the last line say nothing."""
    if isinstance(statement, ast.ImportFrom) and ast.unparse(statement) == "from course_lib import two_layer":
        return
    if isinstance(statement, ast.Expr) and _is_call(statement.value, "labelled", ("step",)):
        return
    readers = {
        "weights": lambda node: _weights(node, "hidden", "output"),
        "velocity": lambda node: _weights(node, *_ZEROS),
        "x": lambda node: _numbers(node, "x"),
        "t": lambda node: _numbers(node, "t"),
        "step": lambda node: _step(node, found.get("velocity")),
    }
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    name = target.id if isinstance(target, ast.Name) and len(statement.targets) == 1 else None
    if name not in readers:
        _refuse(statement, f"only {', '.join(f'{known} = ...' for known in readers)} can be read here")
    if name in found:
        _refuse(statement, f"{name} is already there")
    found[name] = readers[name](statement.value)


def _weights(node, hidden, output):
    """{hidden: rows, output: rows} of two_layer.Weights(hidden=[[...]], output=[[...]])."""
    if not _is_call(node, "Weights", ()):
        _refuse(node, "two_layer.Weights(hidden=[[...]], output=[[...]]) belongs here")
    keywords = _keywords(node, ("hidden", "output"), ("hidden", "output"))
    return {hidden: _numbers(keywords["hidden"], hidden), output: _numbers(keywords["output"], output)}


def _step(node, velocity):
    """What two_layer.step(weights, x, t, ...) adds to the state; `velocity` is what it says above, or None."""
    if not _is_call(node, "step", ("weights", "x", "t")):
        _refuse(node, "two_layer.step(weights, x, t, learning_rate=...) belongs here")
    keywords = _keywords(node, ("learning_rate",), ("learning_rate", "momentum", "velocity", "precision"))
    values = {}
    for name, value in keywords.items():
        if name == "velocity":
            if not (isinstance(value, ast.Name) and value.id == "velocity" and velocity):
                _refuse(value, "velocity=velocity belongs here, and velocity = ... in a line above")
            values |= velocity
        elif name == "precision":
            if not (isinstance(value, ast.Constant) and value.value in PRECISIONS):
                _refuse(value, 'precision is "source" or "full"')
            values[name] = value.value
        else:
            values[name] = _numbers(value, name)
    return values


def _is_call(node, function, names):
    """Whether the node is two_layer.function(names...), whatever its keywords."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == function
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "two_layer"
        and [argument.id if isinstance(argument, ast.Name) else None for argument in node.args] == list(names)
    )


def _keywords(call, needed, known):
    """{keyword: node} of a call: all that are needed, and none but the known ones."""
    keywords = {}
    for keyword in call.keywords:
        if keyword.arg not in known or keyword.arg in keywords:
            _refuse(keyword.value, f"{keyword.arg or '**'}= cannot stand here; there are {', '.join(known)}")
        keywords[keyword.arg] = keyword.value
    for name in needed:
        if name not in keywords:
            _refuse(call, f"{name}= is missing")
    return keywords


def _numbers(node, name):
    """The number, or the (rows of) numbers, of a trait."""
    values = _nested(node, SHAPES[name])
    try:
        return checked(name, values)
    except traitlets.TraitError as error:
        _refuse(node, str(error))


def _nested(node, shape):
    if not shape:
        sign = -1 if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else 1
        number = node.operand if sign < 0 else node
        if not isinstance(number, ast.Constant) or type(number.value) not in (int, float):
            _refuse(node, "a number belongs here, such as 0.25 or -1e-3")
        if not abs(number.value) <= LARGEST:
            _refuse(node, f"the number is too large: up to {LARGEST:,.0f} will do")
        return sign * number.value
    if not isinstance(node, ast.List) or len(node.elts) != shape[0]:
        size = "numbers" if len(shape) == 1 else "rows"
        _refuse(node, f"a list of {shape[0]} {size} in square brackets belongs here")
    return [_nested(entry, shape[1:]) for entry in node.elts]


def _refuse(node, message):
    raise ValueError(f"line {node.lineno}, column {node.col_offset + 1}: {message}")
