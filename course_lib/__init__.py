"""The library behind the course "From one perceptron to AlexNet".

Submodules load when they are first used, so that ``import course_lib`` needs neither NumPy nor Jupyter:
``python3 -m course_lib lab`` runs on a bare Python and sets up the rest.
"""

import importlib
import pkgutil

__version__ = "0.1.0"


def __dir__():
    return sorted([*globals(), *(module.name for module in pkgutil.iter_modules(__path__))])


def __getattr__(name):
    if name in {module.name for module in pkgutil.iter_modules(__path__)}:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"course_lib has no module {name!r}; it has {', '.join(__dir__())}")
