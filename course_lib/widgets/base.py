"""What every explorer is made of: state in traits, one ES module as front end, a still picture, one stable line."""

import base64
from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).resolve().parent


class Explorer(anywidget.AnyWidget):
    """A widget whose whole state is in the traits named by `state`, so that it can be shown, saved, tested and reset.

    A subclass names its files: front_end = ("filters.js", "kernel_playground.js") are joined behind shared.js, and
    styles likewise behind shared.css. It has a method still() that returns a CourseFigure of the present state.
    """

    front_end: tuple = ()
    styles: tuple = ()
    state: tuple = ()

    # Any anywidget that requirements.txt allows may show a stored explorer, not only the version that stored it.
    _model_module_version = traitlets.Unicode(">=0.9.18 <1").tag(sync=True)
    _view_module_version = traitlets.Unicode(">=0.9.18 <1").tag(sync=True)

    initial = traitlets.Dict(help="the state to which Reset returns").tag(sync=True)

    def __init_subclass__(cls, **kwargs):
        if "front_end" in cls.__dict__:  # not for the nameless subclasses that traitlets makes
            cls._esm = _joined("shared.js", *cls.front_end)
            cls._css = _joined("shared.css", *cls.styles)
        super().__init_subclass__(**kwargs)

    def __init__(self, **state):
        super().__init__(**state)
        self.initial = {name: getattr(self, name) for name in self.state}

    def reset(self):
        """Back to the state in which the explorer was made."""
        with self.hold_sync():
            for name, value in self.initial.items():
                setattr(self, name, value)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.state)})"

    def _repr_mimebundle_(self, **kwargs):
        """The live widget, a still picture for places that run no widgets, and a line of text where neither is."""
        return {
            "text/plain": repr(self),
            "image/png": base64.b64encode(self.still().png()).decode(),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }


def _joined(*names):
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
