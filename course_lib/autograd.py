"""Numbers that remember what they were computed from, so that the chain rule can walk back through the computation.

>>> x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
>>> f = (x + y) * z
>>> f.backward()
>>> f.data, x.grad, y.grad, z.grad
(-12.0, -4.0, -4.0, 3.0)

Source: 001_4aa9bd5242e78f22.txt, lines 58-336.
"""

import ast
import dataclasses
import itertools
import math
import operator
import re
from numbers import Real

# The operations


@dataclasses.dataclass(frozen=True)
class Operation:
    """A gate: its result, and for each input the slope of the result when only that input moves (the local derivative).

    `compute` takes the inputs; each of `slopes` takes the inputs and the result; `rules` say the slopes in writing;
    `domain` is said where the result does not exist.
    """

    compute: object
    slopes: tuple
    rules: tuple
    domain: str = ""


def _sigmoid(x):
    small = math.exp(-abs(x))  # e^-|x| cannot overflow
    return (1 if x >= 0 else small) / (1 + small)


def _power_slope(base, exponent):
    if exponent == 0:
        return 0.0
    try:
        return exponent * math.pow(base, exponent - 1)
    except (ValueError, OverflowError):
        return math.nan


OPERATIONS = {
    "+": Operation(operator.add, (lambda a, b, out: 1.0, lambda a, b, out: 1.0), ("1", "1")),
    "-": Operation(operator.sub, (lambda a, b, out: 1.0, lambda a, b, out: -1.0), ("1", "-1")),
    "*": Operation(operator.mul, (lambda a, b, out: b, lambda a, b, out: a), ("{b}", "{a}")),
    "/": Operation(
        operator.truediv,
        (lambda a, b, out: 1 / b, lambda a, b, out: -out / b),
        ("1 / {b}", "-{a} / {b}**2"),
        "nothing can be divided by 0",
    ),
    "**": Operation(
        math.pow,
        (lambda a, b, out: _power_slope(a, b), lambda a, b, out: out * math.log(a) if a > 0 else math.nan),
        ("{b} * {a}**({b} - 1)", "{out} * log({a})"),
        "0 has no negative powers, and a number below 0 has whole powers only",
    ),
    "max": Operation(
        max,  # of equal inputs the first
        (lambda a, b, out: 1.0 if a >= b else 0.0, lambda a, b, out: 0.0 if a >= b else 1.0),
        ("1 if {a} is the larger, else 0", "1 if {b} is the larger, else 0"),
    ),
    "neg": Operation(operator.neg, (lambda a, out: -1.0,), ("-1",)),
    "exp": Operation(math.exp, (lambda a, out: out,), ("{out}",)),
    "log": Operation(math.log, (lambda a, out: 1 / a,), ("1 / {a}",), "log needs a number above 0"),
    # 1 - sigmoid(a) is taken as sigmoid(-a), which loses no digits
    "sigmoid": Operation(_sigmoid, (lambda a, out: out * _sigmoid(-a),), ("{out} * (1 - {out})",)),
    "tanh": Operation(math.tanh, (lambda a, out: 4 * _sigmoid(2 * a) * _sigmoid(-2 * a),), ("1 - {out}**2",)),
    "relu": Operation(lambda a: max(a, 0.0), (lambda a, out: 1.0 if a > 0 else 0.0,), ("1 if {a} is above 0, else 0",)),
}


# Values


class Value:
    """A number in a computation: `data`, where it comes from (`operation`, `inputs`), and, after backward(), `grad`.

    `local` holds one slope for each input: how fast this value moves when only that input moves. A plain number that
    meets a Value becomes a constant: nobody will move it, so it gets no gradient.
    """

    __slots__ = ("constant", "data", "grad", "inputs", "local", "name", "operation")
    __array_ufunc__ = None  # a NumPy number on the left leaves the operation to the Value on the right

    def __init__(self, data, name=""):
        self.data, self.name = _finite(data), name
        self.operation, self.inputs, self.local = "", (), ()
        self.constant, self.grad = False, None

    def __repr__(self):
        gradient = "" if self.grad is None else f", gradient {self.grad:.6g}"
        return f"Value({f'{self.name} = ' if self.name else ''}{self.data:.6g}{gradient})"

    def __add__(self, other):
        return apply("+", self, other)

    def __radd__(self, other):
        return apply("+", other, self)

    def __sub__(self, other):
        return apply("-", self, other)

    def __rsub__(self, other):
        return apply("-", other, self)

    def __mul__(self, other):
        return apply("*", self, other)

    def __rmul__(self, other):
        return apply("*", other, self)

    def __truediv__(self, other):
        return apply("/", self, other)

    def __rtruediv__(self, other):
        return apply("/", other, self)

    def __pow__(self, other):
        return apply("**", self, other)

    def __rpow__(self, other):
        return apply("**", other, self)

    def __neg__(self):
        return apply("neg", self)

    def _compared(self, other):
        raise TypeError("compare numbers, as in x.data > 0; for the larger of two values there is maximum(x, y)")

    __lt__ = __le__ = __gt__ = __ge__ = _compared

    def __float__(self):
        raise TypeError(
            "a Value becomes no plain number: take autograd.exp(x) and its like; the number itself is x.data"
        )

    def backward(self):
        """Sets `grad`, the slope of this value with respect to it, in every value that this one was computed from.

        Each call starts from 0 again. Constants have no gradient: theirs stays None.
        """
        gradients = _only_the_output(self)
        for value in in_topological_order(self, gradients):
            if not math.isfinite(gradients[value]):
                raise ValueError(f"the gradient of {_label(value)} is too large for a float")
        for value, gradient in gradients.items():
            value.grad = gradient


def constant(number):
    """A Value that gets no gradient."""
    value = Value(number)
    value.constant = True
    return value


def apply(operation, *inputs):
    """The Value of an operation (a key of OPERATIONS) on Values and plain numbers, with its local derivatives.

    >>> apply("*", Value(3), 4)
    Value(12)
    """
    if operation not in OPERATIONS:
        raise ValueError(f"there is no operation {operation!r}; there are {' '.join(OPERATIONS)}")
    gate = OPERATIONS[operation]
    inputs = tuple(value if isinstance(value, Value) else constant(value) for value in inputs)
    numbers = [value.data for value in inputs]
    out = Value(0)
    out.operation, out.inputs = operation, inputs
    out.constant = all(value.constant for value in inputs)
    out.data = _computed(out, numbers)
    out.local = tuple(
        0.0 if value.constant else _slope(slope, numbers, out, value)
        for slope, value in zip(gate.slopes, inputs, strict=True)
    )
    return out


def maximum(a, b):
    """The larger of two; at a tie the first counts as the larger, and gets the whole gradient."""
    return apply("max", a, b)


def exp(x):
    """e to the power x."""
    return apply("exp", x)


def log(x):
    """The natural logarithm of x, which must be above 0."""
    return apply("log", x)


def sigmoid(x):
    """1 / (1 + e^-x)."""
    return apply("sigmoid", x)


def tanh(x):
    """The hyperbolic tangent of x."""
    return apply("tanh", x)


def relu(x):
    """max(0, x); at x = 0 the slope is taken as 0."""
    return apply("relu", x)


def _finite(number):
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"a Value holds one plain number, not {number!r}")
    try:
        number = float(number)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"a Value holds a finite number, not {number}")
    return number


def _computed(value, numbers):
    """The result of the value's operation on the numbers; where there is none, the message names both."""
    gate = OPERATIONS[value.operation]
    try:
        result = gate.compute(*numbers)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{_explained(value, numbers)}: {gate.domain}") from None
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise ValueError(f"{_explained(value, numbers)}: the result is too large for a float")
    return result


def _slope(slope, numbers, out, moved):
    try:
        number = slope(*numbers, out.data)
    except ZeroDivisionError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{_explained(out, numbers)}: there is no finite slope with respect to {_label(moved)}")
    return number


def _text(value):
    """How a message calls a value: its name, its number, or the operation on its inputs, one level deep."""
    if value.name or not value.inputs:
        return value.name or f"{value.data:.6g}"
    return written_call(value.operation, [part.name or f"{part.data:.6g}" for part in value.inputs])


def _label(value):
    """The same, in brackets where an operator stands in it."""
    text = _text(value)
    return f"({text})" if " " in text and not text.endswith(")") else text


def _explained(value, numbers):
    """The operation and what goes into it: "1 / (x - 3) with x - 3 = 0"."""
    known = {
        _text(part): f"{_text(part)} = {number:.6g}"
        for part, number in zip(value.inputs, numbers, strict=True)
        if part.name or part.inputs
    }
    call = written_call(value.operation, [(_text if value.operation in FUNCTIONS else _label)(p) for p in value.inputs])
    return f"{call} with {', '.join(known.values())}" if known else call


def written_call(operation, labels):
    """An operation as one types it.

    >>> written_call("*", ["q", "z"]), written_call("max", ["x", "y"]), written_call("neg", ["x"])
    ('q * z', 'max(x, y)', '-x')
    """
    if operation == "neg":
        return f"-{labels[0]}"
    if operation == "**" and labels[0].startswith("-"):
        labels = [f"({labels[0]})", *labels[1:]]
    return f"{operation}({', '.join(labels)})" if operation.isalpha() else f" {operation} ".join(labels)


# Backwards: one right way, one that is right and slow, and two famous wrong ones


def topological_order(output):
    """Every value that `output` is computed from, each after its inputs. No recursion: any depth works."""
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        value, inputs_are_done = stack.pop()
        if inputs_are_done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack.append((value, True))
            stack.extend((part, False) for part in reversed(value.inputs))
    return order


def moving_inputs(value):
    """(input, slope) for each input that is no constant."""
    return [(part, slope) for part, slope in zip(value.inputs, value.local, strict=True) if not part.constant]


def in_topological_order(output, gradients):
    """Right: a value passes its gradient on once, when all its users have added their share. Yields each visit."""
    for value in reversed(topological_order(output)):
        if not value.constant:
            yield value
            for part, slope in moving_inputs(value):
                gradients[part] += slope * gradients[value]


def along_every_path(output, gradients):
    """Right and slow: each path from the output carries its own share, so a value is visited once for every path."""

    def visit(value, share):
        yield value
        for part, slope in moving_inputs(value):
            gradients[part] += slope * share
            yield from visit(part, slope * share)

    return visit(output, 1.0)


def passing_on_too_early(output, gradients):
    """Wrong: at each visit a value passes on all it has so far, so a first share travels again with the second."""

    def visit(value):
        yield value
        for part, slope in moving_inputs(value):
            gradients[part] += slope * gradients[value]
            yield from visit(part)

    return visit(output)


def overwriting(output, gradients):
    """Wrong: = instead of +=. Of several users of a value only the last one counts."""
    for value in reversed(topological_order(output)):
        if not value.constant:
            yield value
            for part, slope in moving_inputs(value):
                gradients[part] = slope * gradients[value]


def race(output, method):
    """(gradients, visits) of one of the four methods above: {value: gradient}, and the visited values in order.

    >>> a = Value(3, "a")
    >>> b = a + a
    >>> c = b + b
    >>> for method in (in_topological_order, along_every_path, passing_on_too_early, overwriting):
    ...     gradients, visits = race(c, method)
    ...     print(method.__name__, gradients[a], len(visits))
    in_topological_order 4.0 3
    along_every_path 4.0 7
    passing_on_too_early 6.0 7
    overwriting 1.0 3
    """
    gradients = _only_the_output(output)
    try:
        visits = list(itertools.islice(method(output, gradients), MOST_VISITS + 1))
    except RecursionError:
        raise ValueError(f"{method.__name__} has to go too deep here; race on a smaller graph") from None
    if len(visits) > MOST_VISITS:
        raise ValueError(f"{method.__name__} needs more than {MOST_VISITS} visits here; race on a smaller graph")
    return gradients, visits


MOST_VISITS = 1_000_000


def doubling_chain(doublings, start=1.0):
    """b = a + a, c = b + b, ...: after n doublings 2^n paths lead from the last value back to a.

    >>> doubling_chain(3, start=5.0).data
    40.0
    """
    value = Value(start, "a")
    for place in range(doublings):
        value = value + value
        value.name = "bcdefghijklmnopqrstuvwxyz"[place] if place < 25 else ""
    return value


def _only_the_output(output):
    """The gradients before a backward pass: 1 at the output, which moves as fast as itself, and 0 elsewhere."""
    gradients = {value: 0.0 for value in topological_order(output) if not value.constant}
    return gradients | ({} if output.constant else {output: 1.0})


# What happened: the trace


@dataclasses.dataclass(frozen=True)
class Node:
    """One value of a trace. `inputs` are places in the trace's nodes; a constant's gradient is None."""

    name: str
    operation: str
    inputs: tuple
    value: float
    gradient: float | None
    constant: bool


@dataclasses.dataclass(frozen=True)
class Edge:
    """What one use of a value sends back to it: outgoing = incoming * local.

    `source` and `target` are places in the trace's nodes; the value is input number `place` of the target, whose
    gradient is `incoming`. `total` is what the source has gathered so far, this edge included.
    """

    source: int
    target: int
    place: int
    rule: str
    local: float
    incoming: float
    outgoing: float
    total: float


@dataclasses.dataclass(frozen=True)
class Trace:
    """A forward and a backward pass: `nodes` in forward order, `edges` in the order in which gradients pass them."""

    nodes: tuple
    edges: tuple


def trace(output):
    """The Trace of `output` and of its backward pass; values without a name get one, the output f.

    >>> x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    >>> for edge in trace((x + y) * z).edges:
    ...     print(edge.rule, edge.incoming, edge.local, edge.outgoing)
    z 1.0 -4.0 -4.0
    q 1.0 3.0 3.0
    1 -4.0 1.0 -4.0
    1 -4.0 1.0 -4.0
    """
    output.backward()
    order = topological_order(output)
    names, places = _names(order), {value: place for place, value in enumerate(order)}
    nodes = tuple(
        Node(
            name, value.operation, tuple(places[part] for part in value.inputs), value.data, value.grad, value.constant
        )
        for name, value in zip(names, order, strict=True)
    )
    edges, totals = [], dict.fromkeys(order, 0.0)
    for value in reversed(order):
        for place, (part, slope) in enumerate(zip(value.inputs, value.local, strict=True)):
            if not part.constant:
                outgoing = slope * value.grad
                totals[part] += outgoing
                rule = _written_rule(nodes, nodes[places[value]], place)
                ends = places[part], places[value]
                edges.append(Edge(*ends, place, rule, slope, value.grad, outgoing, totals[part]))
    return Trace(nodes, tuple(edges))


def _written_rule(nodes, node, place):
    """The local derivative in the names of the trace: "z" for the first factor of q * z."""
    known = dict(zip("ab", (nodes[part].name for part in node.inputs), strict=False))
    return OPERATIONS[node.operation].rules[place].format(**known, out=node.name)


def _names(order):
    """A name for each value: its own, a constant's number, f for the output, then q, r, s, ..."""
    used = {value.name for value in order}
    free = (name for name in itertools.chain("qrstuvwpkmn", (f"q{n}" for n in itertools.count(1))) if name not in used)
    output_name = next(name for name in itertools.chain("fgh", free) if name not in used)
    names = []
    for value in order:
        if value.name or not value.inputs:
            names.append(value.name or (f"{value.data:.6g}" if value.constant else next(free)))
        else:
            names.append(output_name if value is order[-1] else next(free))
    return names


def recomputed(output, held):
    """The output's number when some values on the way are held at other numbers: recomputed(f, {q: 3.01}).

    >>> x, z = Value(2, "x"), Value(-4, "z")
    >>> recomputed((x + 1) * z, {x: 5})
    -24.0
    """
    numbers, order = {}, topological_order(output)
    for value in held:
        if value not in order:
            raise ValueError(f"{output!r} is not computed from {value!r}: held is {{one of its Values: number}}")
    for value in order:
        if value in held:
            numbers[value] = _finite(held[value])
        elif value.inputs:
            numbers[value] = _computed(value, [numbers[part] for part in value.inputs])
        else:
            numbers[value] = value.data
    return numbers[output]


# Typed expressions: read with Python's own grammar, checked against a short white list, never evaluated

FUNCTIONS = {name: len(gate.rules) for name, gate in OPERATIONS.items() if name.isalpha() and name != "neg"}
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
MOST_CHARACTERS, MOST_OPERATIONS, MOST_DEPTH, LONGEST_NAME = 120, 24, 10, 8
TOKEN = re.compile(
    r"(?P<space> +)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/=,;()])",
    re.ASCII,
)
INSTEAD = {  # what people type, and what it is called here
    "^": "a power is written **, as in x**2",
    "×": "times is written *",
    "·": "times is written *",
    "−": "minus is written with the hyphen of the keyboard, -",
    "÷": "divided by is written /",
    ":": "divided by is written /",
    "[": "use round brackets",
    "{": "use round brackets",
    ".": "a point stands only inside a number, as in 0.5",
    "\n": "write everything in one line, with ; between steps",
}


class ExpressionError(ValueError):
    """What is wrong with a typed expression, and where: `problem`, `text`, `column` counted from 1, `width`."""

    def __init__(self, problem, text, column, width=1):
        self.problem, self.text, self.column, self.width = problem, text, column, max(1, width)
        super().__init__(f"column {column}: {problem}\n  {text}\n  {self.caret}")

    @property
    def caret(self):
        """A line with signs below the mistake."""
        return " " * (self.column - 1) + "^" * self.width


class Expression:
    """A typed expression that was found to be fine: `text`, and `inputs`, the names that need a number."""

    def __init__(self, text, steps, inputs):
        self.text, self.inputs, self._steps = text, inputs, steps

    def value(self, numbers):
        """The Value of the expression for {name: number}; a name without a number is refused, others are left alone."""
        missing = [name for name in self.inputs if name not in numbers]
        if missing:
            raise ValueError(f"no number came for {', '.join(missing)}")
        known = {name: Value(numbers[name], name) for name in self.inputs}
        for name, tree in self._steps:
            value = self._computed(tree, known)
            if name:
                value.name = name
                known[name] = value
        return value

    def _computed(self, tree, known):
        if isinstance(tree, ast.Name):
            return known[tree.id]
        if _number(tree) is not None:
            return constant(_number(tree))
        operation, parts = _operation(tree)
        inputs = [self._computed(part, known) for part in parts]
        try:
            return apply(operation, *inputs)
        except ValueError as error:
            raise _at(tree, self.text, str(error)) from None


def parse(text):
    """The Expression for a text such as "(x + y) * z", "max(x, y * sigmoid(z))" or "b = a + a; c = b + b".

    It may hold names, numbers, + - * / **, brackets and the FUNCTIONS; steps are separated by ;. For anything else an
    ExpressionError says what and where:

    >>> parse("(x + y) * z").value({"x": -2, "y": 5, "z": -4})
    Value(-12)
    >>> parse("x + sin(y)")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    course_lib.autograd.ExpressionError: column 5: there is no function sin; known are max, exp, log, ...
      x + sin(y)
          ^^^
    """
    if not isinstance(text, str):
        raise TypeError(f'an expression is a text such as "(x + y) * z", not {text!r}')
    text = text.strip()
    if not text:
        raise ExpressionError("type an expression, for example (x + y) * z", text, 1)
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(
            f"{len(text)} characters are too many; {MOST_CHARACTERS} are allowed", text, MOST_CHARACTERS + 1
        )
    _check_pieces(text)
    _check_brackets(text)
    return _Reader(text).read(_tree(text))


def _check_pieces(text):
    """Every piece is known, and no operation is missing between two of them, as in 2x, (x + y)z or x y."""
    pieces = list(_pieces(text))
    for before, piece in itertools.pairwise(pieces):
        ended = before.lastgroup in ("number", "name") or before[0] == ")"
        begins = piece.lastgroup in ("number", "name") or (piece[0] == "(" and before.lastgroup != "name")
        if ended and begins:
            raise ExpressionError(
                "an operation is missing here; times is written *", text, piece.start() + 1, len(piece[0])
            )


def _pieces(text):
    place = 0
    while place < len(text):
        piece = TOKEN.match(text, place)
        if piece is None:
            hint = INSTEAD.get(text[place], "use names, numbers, + - * / ** and brackets")
            raise ExpressionError(f"{text[place]!r} is not understood; {hint}", text, place + 1)
        if piece.lastgroup != "space":
            yield piece
        place = piece.end()


def _check_brackets(text):
    opened = []
    for column, sign in enumerate(text, 1):
        if sign == "(":
            opened.append(column)
        elif sign == ")" and not opened:
            raise ExpressionError("this bracket was never opened", text, column)
        elif sign == ")":
            opened.pop()
    if opened:
        raise ExpressionError("this bracket is never closed", text, opened[-1])


def _tree(text):
    try:
        return ast.parse(text)
    except SyntaxError as error:
        column = min(max(error.offset or 1, 1), len(text) + 1)
        raise ExpressionError("something is missing or too much here", text, column) from None
    except (MemoryError, RecursionError):
        raise ExpressionError("this is nested too deeply", text, 1) from None


class _Reader:
    """Goes through the parts of a parsed text and refuses every part that is not on the white list."""

    def __init__(self, text):
        self.text, self.inputs, self.steps, self.unused, self.operations = text, [], [], {}, 0

    def read(self, tree):
        for statement in tree.body:
            last = statement is tree.body[-1]
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self._read_step(statement.targets[0], statement)
            elif isinstance(statement, ast.Expr) and last:
                self._read_operation(statement.value)
                self.steps.append(("", statement.value))
            elif isinstance(statement, ast.Expr):
                self._refuse(statement, "give this step a name, as in q = x + y")
            else:
                self._refuse(statement, "only steps such as q = x + y are known here")
        if isinstance(statement, ast.Assign):
            del self.unused[self.steps[-1][0]]
        for name, target in self.unused.items():
            self._refuse(target, f"{name} is never used afterwards")
        if not self.inputs:
            raise ExpressionError(
                "without a name there is nothing to move; write x for one of the numbers", self.text, 1
            )
        return Expression(self.text, tuple(self.steps), tuple(self.inputs))

    def _read_step(self, target, statement):
        if len(statement.targets) > 1:
            self._refuse(statement.targets[1], "give each step one name")
        self._read_operation(statement.value)
        self._check_name(target)
        if target.id in self.inputs or target.id in [name for name, _ in self.steps]:
            self._refuse(target, f"{target.id} has its number already; take a new name")
        self.steps.append((target.id, statement.value))
        self.unused[target.id] = target

    def _read_operation(self, tree):
        if isinstance(tree, ast.Name) or _number(tree) is not None:
            self._refuse(tree, "nothing is computed here; write an operation, for example x + y")
        self._read(tree, 1)

    def _read(self, tree, depth):
        if isinstance(tree, ast.Name):
            self._read_name(tree)
        elif _number(tree) is None:
            self._check_operation(tree)
            self.operations += 1
            if depth > MOST_DEPTH or self.operations > MOST_OPERATIONS:
                limits = f"up to {MOST_OPERATIONS} operations, {MOST_DEPTH} inside one another, can be shown"
                self._refuse(tree, f"this is too long for a picture: {limits}")
            for part in _operation(tree)[1]:
                self._read(part, depth + 1)
        elif not math.isfinite(_number(tree)):
            self._refuse(tree, "this number is too large for a float")

    def _read_name(self, tree):
        self._check_name(tree)
        self.unused.pop(tree.id, None)
        if tree.id not in self.inputs and tree.id not in [name for name, _ in self.steps]:
            self.inputs.append(tree.id)

    def _check_name(self, tree):
        if tree.id in FUNCTIONS:
            self._refuse(tree, f"{tree.id} is a function; it takes its inputs in brackets, {_example(tree.id)}")
        if tree.id in RESERVED or len(tree.id) > LONGEST_NAME:
            self._refuse(tree, f"take another name, of up to {LONGEST_NAME} letters and digits")

    def _check_operation(self, tree):
        """The white list."""
        if isinstance(tree, ast.BinOp) and type(tree.op) in OPERATORS:
            return
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            return
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.UAdd):
            self._refuse(tree, "leave out the + in front")
        if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.FloorDiv):
            self._refuse(tree, "divided by is written /")
        if isinstance(tree, ast.Tuple):
            self._refuse(tree, "a comma stands between the inputs of max only; a decimal number has a point, as in 1.5")
        if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
            self._refuse(tree, "this is no operation known here; there are + - * / ** and " + ", ".join(FUNCTIONS))
        name, count = tree.func.id, len(tree.args)
        if name not in FUNCTIONS:
            self._refuse(tree.func, f"there is no function {name}; known are {', '.join(FUNCTIONS)}; times is *")
        if tree.keywords or any(isinstance(part, ast.Starred) for part in tree.args) or count != FUNCTIONS[name]:
            plural = "input" if FUNCTIONS[name] == 1 else "inputs"
            self._refuse(tree, f"{name} takes {FUNCTIONS[name]} {plural}, {_example(name)}")

    def _refuse(self, tree, problem):
        raise _at(tree, self.text, problem)


RESERVED = ("autograd", "number", "torch")  # the code shown to learners uses these


def _at(tree, text, problem):
    return ExpressionError(problem, text, tree.col_offset + 1, tree.end_col_offset - tree.col_offset)


def _example(name):
    return f"as in {name}({', '.join('xy'[: FUNCTIONS[name]])})"


def _number(tree):
    """The number that a part of the text is, with its sign; None where it is something else."""
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub) and isinstance(tree.operand, ast.Constant):
        number = _number(tree.operand)
        return None if number is None else -number
    is_number = isinstance(tree, ast.Constant) and type(tree.value) in (int, float)
    return float(tree.value) if is_number else None


def _operation(tree):
    """(operation, parts) of a part of the text that was found to be one."""
    if isinstance(tree, ast.BinOp):
        return OPERATORS[type(tree.op)], (tree.left, tree.right)
    if isinstance(tree, ast.UnaryOp):
        return "neg", (tree.operand,)
    return tree.func.id, tuple(tree.args)
