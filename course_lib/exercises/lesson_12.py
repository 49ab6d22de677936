"""Exercises of lesson 12: backward through convolution and pooling, LeNet-5's counts, bugs in training loops."""

import numpy as np

from course_lib import losses, network
from course_lib.exercises.engine import Array, Choice, Function, Mistake, Number
from course_lib.layers import Dropout, Flatten, Linear, ReLU

LESSON = "12_training_a_cnn"

HAND_X, HAND_W, HAND_GRAD = (2.0, 0.0, 1.0, 3.0, -1.0), (1.0, -2.0, 3.0), (1.0, 2.0, -1.0)


def weights_by_hand_solution():
    x, grad_out = HAND_X, HAND_GRAD
    # the weight w[u] met x[i + u] at place i, so it collects x[i + u] * grad_out[i] from all three places
    return [sum(x[i + u] * grad_out[i] for i in range(3)) for u in range(3)]


weights_by_hand = Array(
    "12.weights_by_hand",
    solution=weights_by_hand_solution,
    hints=(
        "Which three numbers of x did w[0] meet, at the places i = 0, 1, 2 of the result?",
        "w[0] met 2, 0 and 1; the gradients there are 1, 2 and -1. Multiply, then add.",
        "w[1] met 0, 1, 3 and w[2] met 1, 3, -1. The same three gradients each time.",
    ),
    mistakes=(
        Mistake([2, 0, 1], "you took the first place only: all three places used this weight, and all three count"),
        Mistake([3, 4, 3], "you added what each weight met, but left the gradients out: multiply by 1, 2 and -1 first"),
        Mistake([8, -1, 1], "right numbers, turned round: w[0] met x[0] at the first place, and x[i] at place i"),
        Mistake([1 / 3, -1 / 3, 8 / 3], "you took the mean: a weight that three places share gets the sum"),
        Mistake([1, 0, -2, 8, -3], "that is the gradient at x, with five numbers; the question is the one at w"),
    ),
    explanation="w[0]: 2*1 + 0*2 + 1*(-1) = 1. It is x correlated with the gradient, and as long as the kernel.",
)


def input_by_hand_solution():
    w, grad_out, grad_x = HAND_W, HAND_GRAD, [0.0] * 5
    for i in range(3):
        for u in range(3):
            grad_x[i + u] += grad_out[i] * w[u]  # each place sends its gradient back through the whole kernel
    return grad_x


input_by_hand = Array(
    "12.input_by_hand",
    solution=input_by_hand_solution,
    hints=(
        "Place i used x[i], x[i + 1] and x[i + 2], with the weights w[0], w[1] and w[2].",
        "So place 0 sends back 1, -2, 3 to x[0], x[1], x[2]; place 1 sends 2, -4, 6 to x[1], x[2], x[3].",
        "Write the three rows one below the other, each one step further right, and add the columns.",
    ),
    mistakes=(
        Mistake(
            [1, 2, -1, 2, -3],
            "where windows overlap the later one replaced the earlier: gradients add up",
        ),
        Mistake(
            [3, 4, -6, 4, -1],
            "you laid the kernel down the wrong way round: x[i] met w[0] at place i, so it gets w[0] times g[i]",
        ),
        Mistake([1, -1, 2, 1, 3], "you added the weights that each x met, but left the gradients 1, 2 and -1 out"),
        Mistake([1, -4, -3, 0, 0], "each gradient goes back to three numbers of x, through all three weights"),
        Mistake([1, -1, 8], "that is the gradient at w, with three numbers; x has five"),
    ),
    explanation="The rows 1 -2 3, then 2 -4 6, then -1 2 -3, each one step further right, added: 1, 0, -2, 8, -3.",
)


def pool_backward_solution(grad_out, x, size, stride):
    grad_x = np.zeros(len(x))
    for i in range(len(grad_out)):
        start = i * stride
        winner = start + np.argmax(x[start : start + size])
        grad_x[winner] += grad_out[i]
    return grad_x


def _back(put):
    """A loop over windows like the solution's; put(grad_x, window, start, gradient) does one thing otherwise."""

    def backward(grad_out, x, size, stride):
        grad_x = np.zeros(len(x))
        for i, gradient in enumerate(grad_out):
            put(grad_x, x[i * stride : i * stride + size], i * stride, gradient)
        return grad_x

    return backward


def _replace(grad_x, window, start, gradient):
    grad_x[start + window.argmax()] = gradient


def _share(grad_x, window, start, gradient):
    grad_x[start : start + len(window)] += gradient / len(window)


def _all_equal(grad_x, window, start, gradient):
    grad_x[start : start + len(window)] += gradient * (window == window.max())


def _without_start(grad_x, window, start, gradient):
    grad_x[window.argmax()] += gradient


def _times_winner(grad_x, window, start, gradient):
    grad_x[start + window.argmax()] += gradient * window.max()


def _first_cell(grad_x, window, start, gradient):
    grad_x[start] += gradient


pool_backward = Function(
    "12.pool_backward",
    solution=pool_backward_solution,
    cases=(
        (np.array([10.0, 20, 30]), np.array([4.0, 1, 2, 7, 5, 3]), 2, 2),
        (np.array([1.0, 2, 3, 4]), np.array([0.0, 2, 9, 1, 5, 6]), 3, 1),
        (np.array([5.0, -1]), np.array([3.0, 3, 1, 3, -2]), 3, 2),
        (np.array([2.0]), np.array([-4.0, -8]), 2, 1),
    ),
    hints=(
        "Window i begins at i * stride. np.argmax of its numbers says which of them won, counted inside the window.",
        "In the whole row that is the place start + np.argmax(x[start : start + size]).",
        "One number may win several windows: add its gradients up with +=.",
    ),
    mistakes=(
        Mistake(_back(_replace), "a number that wins two windows gets both gradients: use += and not ="),
        Mistake(_back(_share), "you shared each gradient evenly: that is mean pooling. A maximum has one winner"),
        Mistake(_back(_all_equal), "of equal numbers the first wins alone; yours all got the whole gradient"),
        Mistake(
            _back(_without_start),
            "np.argmax counts inside the window: add the place where the window starts",
        ),
        Mistake(_back(_times_winner), "the slope at the winner is 1, not its value: pass the gradient on as it is"),
        Mistake(_back(_first_cell), "you put each gradient at the window's first number; it belongs to the largest"),
    ),
    explanation="pooling.max_pool2d_backward does the same for whole maps, in one go.",
)


def third_layer_solution():
    seen = 6 * 3 + 9 * 4 + 1 * 6  # 60 pairs of a filter and a map that it sees
    return seen * 5 * 5 + 16  # a 5 x 5 kernel for each pair, a bias for each filter


third_layer = Number(
    "12.third_layer",
    solution=third_layer_solution,
    hints=(
        "Count the crosses of the table first: each cross is one 5 x 5 kernel.",
        "Six filters see 3 maps, nine see 4, one sees all 6: 18 + 36 + 6 crosses.",
        "60 kernels of 25 weights, and one bias for each of the 16 filters.",
    ),
    mistakes=(
        Mistake(2416, "that is C3 as taught today, where each of the 16 filters sees all six maps"),
        Mistake(1500, "the weights are right; each of the 16 filters has a bias as well"),
        Mistake(60, "60 is the number of crosses: each of them stands for a kernel of 5 x 5 weights"),
        Mistake(1560, "one bias for each filter, not for each kernel: 16 and not 60"),
        Mistake(416, "that is 16 filters on one map each; they see three, four or six maps"),
        Mistake(151600, "that counts every connection: a weight that 100 places share is learnt once"),
    ),
    explanation="60 * 25 + 16 = 1,516. Today's C3, in which every filter sees every map, has 2,416.",
)


def symptom_solution():
    return "b"  # a loss near ln 10 = 2.30 that hardly falls: pictures and labels have nothing to do with each other


symptom = Choice(
    "12.symptom",
    options={"a": "run A", "b": "run B", "c": "run C", "d": "none of them"},
    solution=symptom_solution,
    hints=(
        "If labels have nothing to do with the pictures, what is the best that a network can do? Guess, 1 in 10.",
        "Guessing among ten costs ln 10 = 2.30. One run stays near that and still moves; which?",
    ),
    mistakes=(
        Mistake(
            "a",
            "run A's loss falls as it should, so its pictures and labels do belong together; look at its accuracy, "
            "which lies below what the other panel promises",
        ),
        Mistake(
            "c",
            "run C's loss is the same in all epochs: the weights never move. With shuffled labels they would move, "
            "without getting anywhere",
        ),
        Mistake("d", "one of them has them: look for a loss that moves a little and stays near that of guessing, 2.30"),
    ),
    explanation="Run C steps with gradients of zero, so not a digit of its loss changes. Run A is measured while its "
    "dropout still drops: eval() was forgotten.",
)


def loop_bug_solution():
    return "b"  # the batch is drawn in random order, the labels are taken from the front


loop_bug = Choice(
    "12.loop_bug",
    options={
        "a": "logits = net.forward(x[batch])",
        "b": "value, grad = losses.cross_entropy(logits, labels[: len(batch)])",
        "c": "net.backward(grad)",
        "d": "sgd.step()",
    },
    solution=loop_bug_solution,
    hints=(
        "Read every line aloud: which pictures go forward, and which labels are they compared with?",
        "`batch` holds places in random order, such as 512, 3, 77. What does labels[: len(batch)] hold?",
    ),
    mistakes=(
        Mistake("a", "the forward pass takes the pictures at the places of the batch: that is right"),
        Mistake(
            "c", "backward gets the gradient of the loss at the scores: that is right, and it comes before the step"
        ),
        Mistake("d", "the step comes last, after backward has left fresh gradients: that is right"),
    ),
    explanation="It must be labels[batch]. No error is raised, all shapes fit: only the loss tells.",
)


def three_runs(x, labels, validation, epochs=6):
    """Three trainings of one small network, each with one bug: {"A": (losses, accuracies), "B": ..., "C": ...}."""
    bugs = ["dropout still drops while measuring", "gradients set to zero", "labels shuffled"]
    order = np.random.default_rng(7).permutation(3)  # a handout holds this function: it must not tell which is which
    return {name: _one_run(bugs[n], x, labels, validation, epochs) for name, n in zip("ABC", order, strict=True)}


def _one_run(bug, x, labels, validation, epochs):
    rng = np.random.default_rng(0)
    pixels = x[0].size
    net = network.Sequential([Flatten(), Linear(pixels, 64, rng), ReLU(), Dropout(0.6, rng), Linear(64, 10, rng)])
    sgd = network.SGD(net, learning_rate=0.05, momentum=0.9)
    found = ([], [])
    if bug == "labels shuffled":
        labels = rng.permutation(labels)
    for _ in range(epochs):
        for batch in network.batches(len(x), 32, rng):
            _, grad = losses.cross_entropy(net.forward(x[batch]), labels[batch])
            net.backward(0 * grad if bug == "gradients set to zero" else grad)
            sgd.step()
        found[0].append(network.evaluate(net, x, labels)[0])
        still_drops = bug.startswith("dropout")
        found[1].append(_accuracy(net, *validation) if still_drops else network.evaluate(net, *validation)[1])
    return found


def _accuracy(net, x, labels):
    return float((net.forward(x).argmax(axis=1) == labels).mean())
