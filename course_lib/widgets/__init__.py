"""The course's explorers, one line each in a lesson: widgets.kernel_playground()."""

from course_lib.widgets.activation_explorer import ActivationExplorer, activation_explorer
from course_lib.widgets.architecture_explorer import ArchitectureExplorer, architecture_explorer
from course_lib.widgets.backprop_player import BackpropPlayer, backprop_player
from course_lib.widgets.decision_surface import DecisionSurface, decision_surface
from course_lib.widgets.draw_a_digit import DrawADigit, draw_a_digit
from course_lib.widgets.graph_player import GraphPlayer, graph_player
from course_lib.widgets.hello_slider import HelloSlider, hello_slider
from course_lib.widgets.im2col_microscope import Im2colMicroscope, im2col_microscope
from course_lib.widgets.kernel_playground import KernelPlayground, kernel_playground
from course_lib.widgets.live_trainer import LiveTrainer, live_trainer
from course_lib.widgets.loss_explorer import LossExplorer, loss_explorer
from course_lib.widgets.output_size_explorer import OutputSizeExplorer, output_size_explorer
from course_lib.widgets.perceptron_explorer import PerceptronExplorer, perceptron_explorer
from course_lib.widgets.pooling_explorer import PoolingExplorer, pooling_explorer
from course_lib.widgets.scanner import Scanner, scanner
from course_lib.widgets.source_table import SourceTable, source_table
from course_lib.widgets.transposed_explorer import TransposedExplorer, transposed_explorer

__all__ = [
    "ActivationExplorer",
    "ArchitectureExplorer",
    "BackpropPlayer",
    "DecisionSurface",
    "DrawADigit",
    "GraphPlayer",
    "HelloSlider",
    "Im2colMicroscope",
    "KernelPlayground",
    "LiveTrainer",
    "LossExplorer",
    "OutputSizeExplorer",
    "PerceptronExplorer",
    "PoolingExplorer",
    "Scanner",
    "SourceTable",
    "TransposedExplorer",
    "activation_explorer",
    "architecture_explorer",
    "backprop_player",
    "decision_surface",
    "draw_a_digit",
    "graph_player",
    "hello_slider",
    "im2col_microscope",
    "kernel_playground",
    "live_trainer",
    "loss_explorer",
    "output_size_explorer",
    "perceptron_explorer",
    "pooling_explorer",
    "scanner",
    "source_table",
    "transposed_explorer",
]
