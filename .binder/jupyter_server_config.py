"""What `python3 -m course_lib lab` sets for JupyterLab, for one that somebody else starts. postBuild installs it."""

from course_lib.commands import environment, lab, serve

c = get_config()  # noqa: F821 (Jupyter gives it)
for name, traits in lab.SETTINGS.items():
    c[name].update(traits)
serve.trust_lessons(environment.ROOT)
