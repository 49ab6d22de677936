"""Recomputed for lesson 10, pooling, on the 4 x 4 map of the standard figure."""

import numpy as np

from course_lib import architectures, convolution, data, pooling, shapes

MAPS = data.pooling_example()[None, None]


def pooled(kind):
    """The four blocks of 2 x 2, pooled by "mean", "max" or "sum"."""
    out = pooling.max_pool2d(MAPS, 2) if kind == "max" else pooling.avg_pool2d(MAPS, 2)
    return (out * (4 if kind == "sum" else 1)).ravel()


def norms(p, mean=True):
    """The p-norms of the four blocks, divided by the number of cells or not."""
    return pooling.lp_pool2d(MAPS, p, 2, mean=mean).ravel()


def norm_of_block(block, p):
    """That of one block, counted from 1."""
    return norms(p)[block - 1]


def norms_as_printed(p):
    """(1/P^2 sum of x^p)^(1/p), block by block."""
    blocks = convolution.im2col(MAPS, 2, stride=2)[0].T.tolist()
    return [(sum(x**p for x in block) / 4) ** (1 / p) for block in blocks]


def two_l2_norms():
    """The L2 norm with and without the division by the number of cells."""
    return {"divided": norms(2), "plain": norms(2, mean=False)}


def cells_of_a_window(block, stride):
    """How many cells a pooling window reads: those that get a gradient from one output."""
    x = np.zeros((1, 1, 1, 3 * stride + block))
    out = pooling.avg_pool2d(x, (1, block), (1, stride))
    start = np.zeros(out.shape)
    start[..., 0] = 1
    return np.count_nonzero(pooling.avg_pool2d_backward(start, x, (1, block), (1, stride)))


def cells_of_a_window_as_printed(stride):
    """The length of the printed range from (i - 1) D + 1 to i D, which never asks for the block's side."""
    return len(range(1, stride + 1))


def sizes(sides):
    """The sides after pooling 3 x 3 with stride 2."""
    return [shapes.conv_output_size(side, 3, stride=2) for side in sides]


def sizes_as_printed(sides):
    """I / D."""
    return [side / 2 for side in sides]


def winners_hold_the_maxima():
    """Whether the map at the remembered places gives the maxima."""
    out, places = pooling.max_pool2d(MAPS, 2, return_indices=True)
    return np.array_equal(MAPS.ravel()[places.ravel()], out.ravel())


def parameters():
    """What AlexNet's pooling layers learn, all together."""
    rows = architectures.summary(architectures.alexnet_table(), (3, 227, 227))
    return sum(row.parameters for row in rows if row.kind == "MaxPool2d")


def maps_after_pooling(count):
    """How many of so many maps are left."""
    return pooling.max_pool2d(np.zeros((1, count, 9, 9)), 3, stride=2).shape[1]


def mean_pooling_is_a_convolution():
    """Whether weights of 1/4 and a stride of 2 give the means."""
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 6))
    strided = convolution.conv2d(x, np.full((1, 1, 2, 2), 1 / 4), stride=2)
    return np.allclose(strided, pooling.avg_pool2d(x, 2), rtol=0, atol=1e-14)


def one_network_serves_every_block():
    """Whether a 4-3-1 network, applied block by block, is a convolution with stride 2 and one of 1 x 1 behind it."""
    rng = np.random.default_rng(0)
    first, second, x = rng.normal(size=(3, 1, 2, 2)), rng.normal(size=(1, 3, 1, 1)), rng.normal(size=(1, 1, 8, 6))
    out = convolution.conv2d(np.maximum(convolution.conv2d(x, first, stride=2), 0), second)
    blocks = convolution.im2col(x, 2, stride=2)[0].T
    return np.allclose(out.ravel(), np.maximum(blocks @ first.reshape(3, 4).T, 0) @ second.ravel(), rtol=1e-12)
