"""What `python3 -m course_lib COMMAND` does. Nothing needs more than a bare Python, except `update` and `site/`."""
