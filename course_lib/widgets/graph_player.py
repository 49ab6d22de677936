"""The graph player: an expression as a graph, values forward and gradients backward, one node at a time."""

import ast
import itertools
import math

import traitlets

from course_lib import autograd, gradcheck
from course_lib.plots import graphs as plots
from course_lib.plots.graphs import written
from course_lib.widgets.base import Explorer

EXAMPLES = (
    "(x + y) * z",
    "max(x, y) * z",
    "x * x",
    "b = a + a; c = b + b",
    "q = x * y; q + q * z",
    "sigmoid(w1*x1 + w2*x2 + b)",
    "log(1 + exp(x))",
)
START = {"x": -2.0, "y": 5.0, "z": -4.0, "a": 3.0, "w1": 2.0, "x1": -1.0, "w2": -3.0, "x2": -2.0, "b": -3.0}
DEEPEST = 5  # doublings in the order race: 63 visits
METHODS = (  # of the order race
    ("in topological order", autograd.in_topological_order),
    ("along every path", autograd.along_every_path),
    ("passed on too early", autograd.passing_on_too_early),
    ("= instead of +=", autograd.overwriting),
)


class GraphPlayer(Explorer):
    """An expression, its graph, and three ways to go through it; see graph_player()."""

    front_end = ("chart.js", "graph_answers.js", "graph_player.js")
    styles = ("chart.css", "graph_player.css")
    state = ("expression", "values", "mode", "step", "answers", "depth", "visit")

    examples = traitlets.List(list(EXAMPLES)).tag(sync=True)
    races = traitlets.List(help="for 1, 2, ... doublings, what each method visits and finds").tag(sync=True)

    expression = traitlets.Unicode(EXAMPLES[0], help="as typed; what it means is in `answer`").tag(sync=True)
    values = traitlets.Dict(help="numbers for the names in the expression").tag(sync=True)
    mode = traitlets.Enum(("play", "fill in", "order race"), "play").tag(sync=True)
    step = traitlets.Int(0, min=0, max=1000, help="of the passes; beyond the last counts as the last").tag(sync=True)
    answers = traitlets.Dict(help="typed gradients by place in the list of blanks").tag(sync=True)
    depth = traitlets.Int(2, min=1, max=DEEPEST, help="doublings in the order race").tag(sync=True)
    visit = traitlets.Int(0, min=0, max=1000, help="visits made in the order race").tag(sync=True)
    answer = traitlets.Dict(help="Python's answer to expression and values: the graph, or the problem").tag(sync=True)

    @traitlets.default("races")
    def _all_races(self):
        return [_race(depth) for depth in range(1, DEEPEST + 1)]

    @traitlets.default("answer")
    def _first_answer(self):
        return self._computed({})

    @traitlets.observe("expression", "values")
    def _answer_again(self, _change):
        self.answer = self._computed(self.answer)

    @traitlets.validate("values")
    def _check_values(self, proposal):
        for name, number in proposal.value.items():
            is_number = isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number)
            if not isinstance(name, str) or not is_number:
                raise traitlets.TraitError(f"values are finite numbers by name, not {name!r}: {number!r}")
        return {name: float(number) for name, number in proposal.value.items()}

    @traitlets.validate("answers")
    def _check_answers(self, proposal):
        if not all(isinstance(part, str) for item in proposal.value.items() for part in item):
            raise traitlets.TraitError(f"answers are texts by place, not {proposal.value!r}")
        return proposal.value

    def _computed(self, before):
        """The answer to the present expression and values; after a mistake the graph stays what it was before."""
        answer = {"expression": self.expression, "values": self.values, "problem": None}
        try:
            return {**answer, "graph": _graph(autograd.parse(self.expression), self.values)}
        except autograd.ExpressionError as error:
            where = f"column {error.column}: " if error.text else ""
            marked = [error.text, error.caret] if error.text else []
            answer["problem"] = {"text": f"{where}{error.problem}", "marked": marked}
        except ValueError as error:
            answer["problem"] = {"text": str(error), "marked": []}
        return {**answer, "graph": before.get("graph") or _graph(autograd.parse(EXAMPLES[0]), START)}

    @property
    def trace(self):
        """The autograd.Trace of the expression; ExpressionError where it cannot be computed."""
        expression = autograd.parse(self.expression)
        return autograd.trace(expression.value(_numbers(expression, self.values)))

    def still(self):
        """A Figure of the graph: with all gradients, or without them where they are to be filled in."""
        if self.mode == "order race":
            chain = autograd.trace(autograd.doubling_chain(self.depth))
            return plots.graphs((f"a value that is doubled {self.depth} times", chain))
        return plots.graphs((self.expression, self.trace), gradients=self.mode == "play")


def graph_player(expression="(x + y) * z", values=None, mode="play", **state):
    """Play an expression's graph forward and backward.

    values: {"x": -2, ...} for its names; names left out get a number. mode: "play", "fill in" (type the gradients
    yourself) or "order race"; more of the state by name: step, answers, depth, visit.
    """
    known = autograd.parse(expression).inputs
    unknown = [name for name in values or {} if name not in known]
    if unknown:
        raise ValueError(f"the expression has no {', '.join(unknown)}; its names are {', '.join(known)}")
    return GraphPlayer(expression=expression, values=values or {}, mode=mode, **state)


def _numbers(expression, values):
    """A number for each input: the learner's, a usual one, or else 1, 2, 3, ... in their order."""
    return {name: values.get(name, START.get(name, float(place))) for place, name in enumerate(expression.inputs, 1)}


# The graph as the front end plays it: every number and every line of text is made here


def _graph(expression, values):
    numbers = _numbers(expression, values)
    output = expression.value(numbers)
    trace = autograd.trace(output)
    steps = _steps(trace)
    differences = [_difference(output, value) for value in autograd.topological_order(output)]
    layout = plots.layout(trace)
    visit_of = {step["node"]: place for place, step in enumerate(steps) if step["direction"] == "backward"}
    return {
        "expression": expression.text,
        "inputs": [[name, number] for name, number in numbers.items()],
        "nodes": [_node(trace, place, steps, visit_of, difference) for place, difference in enumerate(differences)],
        "wires": _wires(trace, layout, visit_of),
        "steps": steps,
        "blanks": _blanks(trace),
        "code": _code(expression, numbers, trace.nodes[-1].name),
        "width": round(layout["width"]),
        "height": round(layout["height"]),
        "boxes": [[round(x, 1), round(y, 1)] for x, y in layout["boxes"]],
    }


def _node(trace, place, steps, visit_of, difference):
    """A node's texts, and from which step on its value and its whole gradient are known."""
    node = trace.nodes[place]
    users = [edge.target for edge in trace.edges if edge.source == place]
    forward = [n for n, step in enumerate(steps) if step["direction"] == "forward" and step["node"] == place]
    start = next(n for n, step in enumerate(steps) if step["direction"] == "start")
    return {
        "name": node.name,
        "symbol": plots.symbol(node),
        "kind": "constant" if node.constant else "operation" if node.inputs else "input",
        "value": written(node.value),
        "value_at": forward[0] if forward else 0,
        "gradient": "" if node.constant else written(node.gradient),
        "gradient_at": max((visit_of[user] for user in users), default=start),
        "sum": f"sum {written(node.gradient)}" if len(users) > 1 else "",
        "difference": "" if node.constant else _said(difference),
        "agrees": None if difference is None or node.constant else _agrees(node.gradient, difference),
    }


def _wires(trace, layout, visit_of):
    sent = {(edge.target, edge.place): edge for edge in trace.edges}
    start = min(visit_of.values()) - 1
    wires = []
    for wire in layout["wires"]:
        edge = sent.get((wire["target"], wire["place"]))
        last = wire["target"] is None
        wires.append(
            {
                "source": wire["source"],
                "target": wire["target"],
                "place": wire["place"],
                "path": _path(wire["points"]),
                "label": [round(number, 1) for number in wire["label"]],
                "gradient": written(edge.outgoing) if edge else "1" if last else "",
                "gradient_at": visit_of[edge.target] if edge else start if last else None,
            }
        )
    return wires


def _path(points):
    """An SVG path through the points, level at each."""
    parts = [f"M{points[0][0]:.0f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (x0 + x1) / 2
        parts.append(f"C{middle:.0f} {y0:.1f} {middle:.0f} {y1:.1f} {x1:.0f} {y1:.1f}")
    return "".join(parts)


def _difference(output, value):
    """The central difference of the output for one value on the way; None where the step leads out of the domain."""
    step = 1e-5 * max(1.0, abs(value.data))
    try:
        moved = gradcheck.numerical_gradient(
            lambda number: autograd.recomputed(output, {value: number.item()}), [value.data], step
        )
    except ValueError:
        return None
    return moved.item()


def _said(difference):
    return "outside the domain" if difference is None else f"{difference + 0.0:#.6g}".replace("-", "−")


def _agrees(gradient, difference):
    return bool(abs(gradient - difference) <= 1e-5 * max(abs(gradient), abs(difference), 1e-3))


# The steps, in words and in formulas


def _steps(trace):
    """The forward pass, the start at the output, the backward pass: one step for each operation in each direction."""
    nodes, output = trace.nodes, trace.nodes[-1].name
    given = ", ".join(f"{node.name} = {written(node.value)}" for node in nodes if not node.inputs and not node.constant)
    steps = [_step("given", None, f"The inputs are given: {given}.")]
    for place, node in enumerate(nodes):
        if node.inputs:
            steps.append(_step("forward", place, *_forward_texts(nodes, node)))
    said = f"Backward begins at the output: {output} moves as fast as itself."
    steps.append(_step("start", len(nodes) - 1, said, ["", f"∂{output}/∂{output} = 1"]))
    for place in reversed(range(len(nodes))):
        if nodes[place].inputs and not nodes[place].constant:
            steps.append(_step("backward", place, *_backward_texts(trace, place)))
    return steps


def _step(direction, node, said, *lines):
    return {"direction": direction, "node": node, "said": said, "lines": [list(line) for line in lines]}


def _forward_texts(nodes, node):
    parts = [nodes[part] for part in node.inputs]
    names = autograd.written_call(node.operation, [part.name for part in parts])
    numbers = autograd.written_call(node.operation, [_bracketed(written(part.value)) for part in parts])
    steps = [names] if names == numbers else [names, numbers]
    taken = _listed([written(part.value) for part in parts])
    said = f"Forward: {_gate(node)} takes {taken} and gives {written(node.value)}."
    return said, ["", " = ".join([node.name, *map(_typeset, steps), written(node.value)])]


def _backward_texts(trace, place):
    node, output = trace.nodes[place], trace.nodes[-1].name
    edges = [edge for edge in trace.edges if edge.target == place]
    sends = _listed([f"{written(edge.outgoing)} to {trace.nodes[edge.source].name}" for edge in edges])
    lines = []
    for edge in edges:
        source = trace.nodes[edge.source].name
        shares = [other for other in trace.edges if other.source == edge.source]
        numbers = f"{written(edge.incoming)} · {_bracketed(written(edge.local))} = {written(edge.outgoing)}"
        product = f"∂{output}/∂{node.name} · ∂{node.name}/∂{source} = {numbers}"
        head = f"∂{output}/∂{source} = " if len(shares) == 1 else f"share of ∂{output}/∂{source} through {node.name}: "
        lines.append([_local_text(node.name, source, edge), head + product])
        if len(shares) > 1 and edge is not shares[0]:
            before = written(edge.total - edge.outgoing)
            added = f"{before} + {_bracketed(written(edge.outgoing))} = {written(edge.total)}"
            lines.append(
                ["", f"gradients add: ∂{output}/∂{source} {'so far ' if edge is not shares[-1] else ''}= {added}"]
            )
    return f"Backward: {_gate(node)} has received {written(node.gradient)} and sends {sends}.", *lines


def _local_text(target, source, edge):
    rule, number = _typeset(edge.rule), written(edge.local)
    if " if " in rule:
        return f"local: ∂{target}/∂{source} = {number} ({rule})"
    return f"local: ∂{target}/∂{source} = {number if rule == number else f'{rule} = {number}'}"


def _gate(node):
    return f"{plots.symbol(node)} at {node.name}"


def _typeset(text):
    return text.replace(" * ", " · ").replace("-", "−")


def _bracketed(text):
    return f"({text})" if text.startswith("−") else text


def _listed(texts):
    return " and ".join(texts)


# Fill-in: what is to be typed, and which mistakes have a name


def _blanks(trace):
    """One blank for each edge, and one for each sum of a value that is used more than once, in backward order."""
    output, blanks = trace.nodes[-1].name, []
    for edge in trace.edges:
        source, target = trace.nodes[edge.source].name, trace.nodes[edge.target].name
        shares = [other for other in trace.edges if other.source == edge.source]
        share = f", share through {target}" if len(shares) > 1 else ""
        if [other.target for other in shares].count(edge.target) > 1:
            share += f", input {edge.place + 1}"
        label = f"∂{output}/∂{source}{share}"
        blanks.append(_blank(label, [edge.target, edge.place], None, edge.outgoing, _edge_mistakes(trace, edge)))
        if len(shares) > 1 and edge is shares[-1]:
            label = f"∂{output}/∂{source}, all shares together"
            blanks.append(_blank(label, None, edge.source, edge.total, _sum_mistakes(source, shares)))
    return blanks


def _blank(label, wire, node, right, mistakes):
    """A mistake that gives the right number, or the number of one before it, cannot be told and is left out."""
    kept = []
    for wrong, message in mistakes:
        if not any(_near(wrong, other) for other in [right, *(number for number, _ in kept)]):
            kept.append([wrong, message])
    return {"label": label, "wire": wire, "node": node, "right": right, "mistakes": kept}


def _near(a, b):
    return abs(a - b) <= 0.01 * max(abs(a), abs(b))


def _edge_mistakes(trace, edge):
    source, node = trace.nodes[edge.source], trace.nodes[edge.target]
    rule = f"∂{node.name}/∂{source.name} = {_typeset(edge.rule)}"
    incoming = written(edge.incoming)
    if node.operation == "*":
        yield (
            edge.incoming * source.value,
            f"the two factors are swapped: the slope of a product is the other factor, {rule}",
        )
    arrived = [other for other in trace.edges if other.source == edge.target]
    if len(arrived) > 1:
        for other in arrived:
            message = f"{node.name} is used {len(arrived)} times: add up its shares before you pass them on"
            yield other.outgoing * edge.local, message
    yield edge.local, f"that is the local derivative alone; multiply it with the incoming gradient, {incoming}"
    yield -edge.outgoing, f"the sign is wrong: {incoming} · {_bracketed(written(edge.local))}"
    yield edge.incoming, f"that is the incoming gradient unchanged; multiply it with the local derivative, {rule}"
    yield (
        trace.nodes[edge.source].gradient,
        f"that is the sum over all uses of {source.name}; this wire carries one share",
    )
    yield source.value, "that is the value of the forward pass; a gradient is asked for"


def _sum_mistakes(source, shares):
    numbers = [edge.outgoing for edge in shares]
    for number in numbers:
        yield number, f"that is one share; {source} is used {len(shares)} times, and the shares add up"
    yield math.prod(numbers), "the shares of a value that is used several times are added, not multiplied"
    yield -sum(numbers), "the sign is wrong"


# The order race


def _race(depth):
    """What each method visits on a chain of `depth` doublings, the gradients at each visit, and what comes out."""
    output = autograd.doubling_chain(depth)
    order = autograd.topological_order(output)
    places = {value: place for place, value in enumerate(order)}
    methods = []
    for title, method in METHODS:
        gradients = {value: float(value is output) for value in order}
        visits = []
        for value in method(output, gradients):
            visits.append([places[value], [written(gradients[node]) for node in order]])
        final = [written(gradients[node]) for node in order]
        right = gradients[order[0]] == 2.0**depth
        methods.append({"title": title, "visits": visits, "final": final, "right": right})
    names = [value.name for value in order]
    steps = [f"{after} = {before} + {before}" for before, after in itertools.pairwise(names)]
    return {"names": names, "steps": "; ".join(steps), "methods": methods, "code": _race_code(depth, names, steps)}


def _race_code(depth, names, steps):
    course = [
        "from course_lib import autograd",
        "",
        f"{names[-1]} = autograd.doubling_chain({depth})",
        f"a = autograd.topological_order({names[-1]})[0]",
        f"methods = ({', '.join(f'autograd.{method.__name__}' for _, method in METHODS[:2])},",
        f"           {', '.join(f'autograd.{method.__name__}' for _, method in METHODS[2:])})",
        f"races = [autograd.race({names[-1]}, method) for method in methods]",
        "found = [(gradients[a], len(visits)) for gradients, visits in races]",
    ]
    torch = [
        "import torch",
        "",
        "a = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)",
        *steps,
        f"{names[-1]}.backward()",
        "gradient = a.grad",
    ]
    return {"course": "\n".join(course), "torch": "\n".join(torch)}


# The same computation as code


def _code(expression, numbers, output):
    course = [
        "from course_lib import autograd",
        "",
        f"numbers = {numbers!r}",
        f'{output} = autograd.parse("{expression.text}").value(numbers)',
        f"trace = autograd.trace({output})",
        "gradients = {node.name: node.gradient for node in trace.nodes}",
    ]
    tree = ast.fix_missing_locations(_TorchCalls().visit(ast.parse(expression.text)))
    lines = [ast.unparse(statement) for statement in tree.body]
    if isinstance(tree.body[-1], ast.Expr):
        lines[-1] = f"{output} = {lines[-1]}"
    torch = [
        "import torch",
        "",
        *(f"{name} = torch.tensor({number!r}, {_LEARNS})" for name, number in numbers.items()),
        *lines,
        f"{output}.backward()",
        f"gradients = {{{', '.join(f'{name!r}: {name}.grad' for name in numbers)}}}",
    ]
    return {"course": "\n".join(course), "torch": "\n".join(torch)}


_LEARNS = "dtype=torch.float64, requires_grad=True"


class _TorchCalls(ast.NodeTransformer):
    """max(x, 0) becomes torch.maximum(x, torch.tensor(0.0)): PyTorch's functions take tensors only."""

    def visit_Call(self, call):
        name = {"max": "maximum"}.get(call.func.id, call.func.id)
        arguments = [self._as_tensor(self.visit(part)) for part in call.args]
        function = ast.Attribute(ast.Name("torch", ast.Load()), name, ast.Load())
        return ast.Call(function, arguments, [])

    def _as_tensor(self, part):
        if any(isinstance(inner, ast.Name) for inner in ast.walk(part)):
            return part
        number = ast.BinOp(part, ast.Mult(), ast.Constant(1.0)) if not isinstance(part, ast.Constant) else part
        return ast.parse(f"torch.tensor({ast.unparse(number)}, dtype=torch.float64)", mode="eval").body
