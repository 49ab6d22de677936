"""What `python3 -m course_lib COMMAND` does. Nothing here needs more than a bare Python, but for `update`."""
