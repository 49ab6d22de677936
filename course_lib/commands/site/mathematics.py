"""Formulas: the notebooks' LaTeX as MathML, which browsers draw by themselves, without scripts, fonts or network."""

from itertools import pairwise
from xml.etree import ElementTree

from latex2mathml.converter import convert

NAMES = {"arg", "argmax", "argmin", "cos", "exp", "ln", "log", "max", "min", "Pr", "sin", "tanh"}
LIMITS_BELOW = {"argmax", "argmin", "max", "min"}
FENCES = {"\u230a": "prefix", "\u2308": "prefix", "\u230b": "postfix", "\u2309": "postfix"}  # floor and ceiling
OPENING, CLOSING = "([{", ")]}|\u2026\u22ef\u232a\u27e9"
MINUS, PRIME, BELOW_BRACE = "\u2212", "\u2032", "\u23df"
TIGHT = {"lspace": "0", "rspace": "0"}
FACTORS = ("mi", "mn", "msub", "msup", "msubsup", "mfrac")


class NotConverted(ValueError):
    """A formula that cannot be converted."""


def mathml(latex, display):
    """The formula as a <math> element, `display` "inline" or "block".

    >>> mathml("y = x_1", "inline")
    '<math display="inline"><mrow><mi>y</mi><mo>=</mo><msub><mi>x</mi><mn>1</mn></msub></mrow></math>'
    """
    try:
        text = convert(latex.strip(), display=display)
        formula = ElementTree.fromstring(text.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))
    except Exception as error:
        raise NotConverted(f"the formula {latex.strip()} cannot be converted: {error!r}") from error
    if "\\" in "".join(formula.itertext()):
        raise NotConverted(f"the formula {latex.strip()} has a command that is not known")
    for node in list(formula.iter()):
        _as_tex_draws(node, display)
    for node in list(formula.iter()):
        _space_names(node)
    return ElementTree.tostring(formula, encoding="unicode")


def _as_tex_draws(node, display):
    """What latex2mathml leaves to be said so that browsers stretch and space signs as TeX does."""
    text = node.text or ""
    if node.tag == "mi" and text in FENCES:
        node.tag = "mo"
        node.attrib.update(stretchy="false", form=FENCES[text])
    elif node.tag == "mi" and "\u0391" <= text <= "\u03a9":
        node.set("mathvariant", "normal")  # a capital Greek letter stands upright
    elif node.tag == "mo" and (text in NAMES or text in ("/", "|")):
        node.attrib.update(TIGHT)
    elif node.tag == "mo" and text == BELOW_BRACE:
        node.set("stretchy", "true")
    elif node.tag == "mo" and "minsize" in node.attrib:  # \big( and its like
        node.attrib.update(stretchy="true", symmetric="true", form="prefix" if text in OPENING else "postfix")
    elif node.tag == "msup" and node[1].text == PRIME:
        node.tag, node[1].tag = "mrow", "mo"
        node[1].attrib.update(TIGHT)
    elif node.tag in ("msup", "msub") and "minsize" in node[0].attrib:
        _lift_script(node)
    elif node.tag == "msub" and display == "block" and node[0].text in LIMITS_BELOW:
        node.tag = "munder"
    for before, sign in zip([None, *node], node, strict=False):
        if sign.tag == "mo" and sign.text in ("+", MINUS) and _opens(before):
            sign.set("form", "prefix")


def _opens(before):
    """Does what stands before a + or - make it a sign of what follows, not an operation between two things?"""
    return before is None or (before.tag == "mo" and before.text not in CLOSING)


def _lift_script(node):
    """Browsers do not stretch a bracket that has an exponent: beside the bracket, a strut of its height gets it."""
    bracket, script = node
    scripted = ElementTree.Element(node.tag)
    strut = ElementTree.Element("mspace", width="0", height=bracket.get("minsize"))
    scripted.extend([strut, script])
    bracket.attrib.update(stretchy="true", symmetric="true", form="postfix")
    node.tag = "mrow"
    node[:] = [bracket, scripted]


def _space_names(node):
    """A thin space between a function's name and a factor beside it, as in y log s."""
    if node.tag not in ("mrow", "mtd", "math"):
        return
    for before, after in pairwise(list(node)):
        names = _is_name(before) + _is_name(after)
        factors = sum(part.tag in FACTORS and not _is_name(part) for part in (before, after))
        if names and names + factors == 2:
            node.insert(list(node).index(after), ElementTree.Element("mspace", width="0.167em"))


def _is_name(node):
    return (node[0].text if len(node) else node.text) in NAMES
