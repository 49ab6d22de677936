"""Prose: a Markdown cell as HTML, with formulas as MathML, anchors as JupyterLab has them, and links between pages."""

import html
import re
from collections import Counter

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from course_lib.commands.site.mathematics import mathml

LESSON_LINK = re.compile(r"(\d\d_\w+)\.ipynb(#.*)?")
TAG = re.compile("<[^>]*>")


class Prose(IPythonRenderer):
    """Renders the Markdown cells of one lesson, and keeps its headings as (level, text, anchor)."""

    def __init__(self, lessons):
        """`lessons`: the names of all lessons, the pages that a link may lead to."""
        super().__init__(escape=True)
        self.lessons = lessons
        self.headings = []
        self.seen = Counter()
        self.markdown = MarkdownWithMath(renderer=self)

    def html(self, source):
        """The cell's HTML."""
        return self.markdown.render(source)

    def heading(self, text, level, **attributes):
        """With the anchor that JupyterLab gives it, so that a link works in both."""
        plain = html.unescape(TAG.sub("", text))
        anchor = plain.replace(" ", "-")
        self.seen[anchor] += 1
        if self.seen[anchor] > 1:
            anchor += f"-{self.seen[anchor]}"
        self.headings.append((level, plain, anchor))
        link = f'<a class="anchor" href="#{html.escape(anchor)}" aria-label="Link to this section">#</a>'
        return f'<h{level} id="{html.escape(anchor)}">{text} {link}</h{level}>\n'

    def link(self, text, url, title=None):
        """To another lesson: to its page; to one that is not there: no link."""
        lesson = LESSON_LINK.fullmatch(url)
        if lesson is None:
            return super().link(text, url, title)
        name, anchor = lesson.groups(default="")
        return super().link(text, f"{name}.html{anchor}", title) if name in self.lessons else text

    def table(self, text):
        """In a box that scrolls on its own where the page is narrow."""
        return f'<div class="wide"><table>\n{text}</table></div>\n'

    def inline_math(self, body):
        """A formula in the line."""
        return mathml(body, "inline")

    def block_math(self, body):
        """A formula on a line of its own, which scrolls on its own where the page is narrow."""
        return f'<span class="wide formula">{mathml(body, "block")}</span>'
