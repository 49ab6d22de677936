"""Recomputed for lesson 02, the chain rule: f = (x + y) z and the three gates."""

from course_lib import autograd
from course_lib.autograd import Value


def example():
    """The nodes of f = (x + y) z at x = -2, y = 5, z = -4 after the backward pass, by name."""
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    q = x + y
    f = q * z
    f.backward()
    return {"x": x, "y": y, "z": z, "q": q, "f": f}


def values():
    """q and f."""
    return [example()[name].data for name in "qf"]


def values_as_printed():
    """The same, by plain arithmetic."""
    x, y, z = -2, 5, -4
    return [x + y, (x + y) * z]


def local(name):
    """The local derivatives of a node."""
    return example()[name].local


def gradient(name):
    """df / d name."""
    return example()[name].grad


def chained(name):
    """The printed chain: df/dq times dq/dx, or dq/dy."""
    nodes = example()
    return nodes["q"].grad * nodes["q"].local["xy".index(name)]


def general_node():
    """What a product z = x y sends back to x = 5 and y = 3 when 2 arrives."""
    x, y = Value(5), Value(3)
    (2 * (x * y)).backward()
    return [x.grad, y.grad]


def gate(name):
    """What a gate with the inputs 3 and -1 sends back when 2 arrives."""
    a, b = Value(3), Value(-1)
    (2 * {"add": a + b, "max": autograd.maximum(a, b), "mul": a * b}[name]).backward()
    return [a.grad, b.grad]
