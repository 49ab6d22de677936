"""The library behind the course "From one perceptron to AlexNet".

Submodules load when they are first used, so that ``import course_lib`` needs neither NumPy nor Jupyter:
``python3 -m course_lib lab`` runs on a bare Python and sets up the rest.

Errors, everywhere: what is of the wrong kind (no real numbers, no whole number, no function) is refused with a
TypeError, what does not fit with a ValueError, what comes too early (backward before forward) with a RuntimeError, and
a missing file is a FileNotFoundError. The message says what came and what would do.
"""

__version__ = "0.1.0"


def _submodules():
    import pkgutil  # here and not above: importing the package itself costs next to nothing

    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def __dir__():
    return sorted([*globals(), *_submodules()])


def __getattr__(name):
    import importlib

    if name in _submodules():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"course_lib has no module {name!r}; it has {', '.join(_submodules())}")
