"""The smallest explorer: a slider that proves that the page and Python talk to each other."""

import traitlets

from course_lib.plots import base as plots
from course_lib.widgets.base import Explorer


class HelloSlider(Explorer):
    """A number from 1 to 10; Python answers with its square."""

    front_end = ("hello_slider.js",)
    styles = ("hello_slider.css",)
    state = ("number",)

    number = traitlets.Int(3, min=1, max=10).tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)

    @traitlets.default("answer")
    def _first_answer(self):
        return self._square()

    @traitlets.observe("number")
    def _answer(self, _change):
        self.answer = self._square()

    def _square(self):
        return f"{self.number} squared is {self.number**2}"

    def still(self):
        """A Figure with the number as dots and Python's answer."""
        return plots.text_figure("\u25cf " * self.number, self.answer)


def hello_slider(number=3):
    """A tiny slider to prove that widgets run; `number` is where it starts, from 1 to 10."""
    return HelloSlider(number=number)
