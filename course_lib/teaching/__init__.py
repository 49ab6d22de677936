"""For teachers: the student edition of the course, and the grading of what students hand in."""
