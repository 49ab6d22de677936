"""The course's explorers, one line each in a lesson: widgets.kernel_playground()."""

from course_lib.widgets.hello_slider import HelloSlider, hello_slider
from course_lib.widgets.kernel_playground import KernelPlayground, kernel_playground

__all__ = ["HelloSlider", "KernelPlayground", "hello_slider", "kernel_playground"]
