"""The colours of code, light and dark in one style sheet."""

from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Text

LIGHT, DARK = "default", "github-dark"
PLAIN = ("1f2328", "e6edf3")  # where a style leaves the colour to the page


def style_sheet():
    """A CSS rule for each kind of token that either style colours."""
    light, dark = get_style_by_name(LIGHT), get_style_by_name(DARK)
    rules = []
    for token, name in STANDARD_TYPES.items():
        styles = [style.style_for_token(token) for style in (light, dark)]
        colours = [style["color"] or plain for style, plain in zip(styles, PLAIN, strict=True)]
        if token is not Text and colours != list(PLAIN):
            rules.append(f".code .{name or 'text'} {{ color: light-dark(#{colours[0]}, #{colours[1]}); }}")
    return "\n".join(rules) + "\n"
