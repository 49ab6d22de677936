"""The face detector in both its forms, and the mask of local connections."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import activations, convolution, data, pooling, scanning

PARAMETERS = data.load_face_detector()
DETECTOR = scanning.FaceDetector(PARAMETERS)
PHOTOGRAPH = data.scale_down(data.load_image("astronaut"), 64)


def scores_by_loops(image):
    """P-Net from the loop versions alone."""
    x = (image / 128 - 127.5 / 128).transpose(2, 0, 1)[None]
    p = {name: array.astype(float) for name, array in PARAMETERS.items()}
    for name in ("conv1", "conv2", "conv3"):
        x = convolution.conv2d_loops(x, p[f"{name}_weight"], p[f"{name}_bias"])
        x = np.maximum(x, 0) + p[f"{name}_slopes"][:, None, None] * np.minimum(x, 0)
        x = pooling.max_pool2d_loops(x, 2, ceil_mode=True) if name == "conv1" else x
    no_face, face = convolution.conv2d_loops(x, p["face_weight"], p["face_bias"])[0]
    return activations.sigmoid(face - no_face)


def test_prelu_by_hand():
    x = np.array([[[[2.0, -2.0]], [[0.0, -4.0]]]])
    assert scanning.prelu(x, [0.5, -0.25]).tolist() == [[[[2.0, -1.0]], [[0.0, 1.0]]]]
    assert scanning.prelu(x[:, :, 0].astype(np.float32), np.float32([0.5, 0.25])).dtype == np.float32


@pytest.mark.parametrize(("x", "slopes"), [([[1.0, 2.0]], [0.5]), ([1.0], [0.5]), ([[1.0]], [[0.5]])])
def test_prelu_wants_one_slope_for_each_channel(x, slopes):
    with pytest.raises(ValueError, match=r"needs one slope for each channel \(C,\)"):
        scanning.prelu(x, slopes)


def test_the_mask_connects_neighbours_within_reach():
    for size in range(1, 7):
        for reach in range(8):
            mask = scanning.window_mask(size, reach)
            assert mask.tolist() == [[int(abs(i - m) <= reach) for m in range(size)] for i in range(size)]
    with pytest.raises(ValueError, match="size must be at least 1"):
        scanning.window_mask(0, 1)
    with pytest.raises(TypeError, match="reach must be a whole number"):
        scanning.window_mask(4, 1.5)


@pytest.mark.parametrize("shape", [(12, 12), (13, 14), (15, 12), (16, 17)])
def test_the_scan_is_what_the_loops_compute(shape):
    image = PHOTOGRAPH[8 : 8 + shape[0], 20 : 20 + shape[1]]
    scores = DETECTOR.scan(image)
    assert scores.shape == tuple(-((2 - side) // 2) - 4 for side in shape)  # 3 x 3, halved and rounded up, 3 x 3 twice
    assert_allclose(scores, scores_by_loops(image), rtol=1e-10)


@pytest.mark.parametrize("shape", [(12, 12), (14, 20), (15, 13), (52, 52)])
def test_window_by_window_gives_the_same_scores_as_the_scan(shape):
    image = PHOTOGRAPH[: shape[0], -shape[1] :]
    windows = DETECTOR.scan_windows(image)
    assert windows.shape == tuple((side - 12) // 2 + 1 for side in shape)
    assert_allclose(DETECTOR.scan(image)[: windows.shape[0], : windows.shape[1]], windows, rtol=0, atol=1e-13)


def test_a_score_is_that_of_its_window_alone():
    scores = DETECTOR.scan(PHOTOGRAPH)
    for i, j in ((0, 0), (5, 11), (26, 26), (13, 2)):
        alone = DETECTOR.scan(PHOTOGRAPH[2 * i : 2 * i + 12, 2 * j : 2 * j + 12])
        assert alone.shape == (1, 1)
        assert alone[0, 0] == pytest.approx(scores[i, j], abs=1e-13)


def test_a_step_of_one_gives_the_window_of_every_pixel():
    image = PHOTOGRAPH[4:20, 18:36]
    every = DETECTOR.scan_windows(image, step=1)
    assert every.shape == (5, 7)
    assert_allclose(every[::2, ::2], DETECTOR.scan_windows(image), rtol=0, atol=1e-13)
    assert_allclose(every[1::2, ::2], DETECTOR.scan_windows(image[1:]), rtol=0, atol=1e-13)


def test_the_net_finds_the_face_and_not_the_wall():
    scores = DETECTOR.scan(PHOTOGRAPH)
    assert np.unravel_index(scores.argmax(), scores.shape) == (5, 11)  # rows 10 to 21, columns 22 to 33: the face
    assert scores.max() > 0.9999
    assert DETECTOR.scan(PHOTOGRAPH[10:22, 34:46])[0, 0] < 0.01


def test_the_dense_layers_hold_the_kernels_again_and_again():
    layers = DETECTOR.dense_layers()
    assert {name: (matrix.shape, bias.shape) for name, (matrix, bias) in layers.items()} == {
        "conv1": ((1000, 432), (1000,)), "conv2": ((144, 250), (144,)), "conv3": ((32, 144), (32,)),
        "face": ((2, 32), (2,)),
    }  # fmt: skip
    for name, (matrix, bias) in layers.items():
        kernels = PARAMETERS[f"{name}_weight"]
        assert set(np.unique(matrix)) - {0.0} == set(kernels.astype(float).ravel())
        places = len(matrix) // len(kernels)
        assert np.count_nonzero(matrix) == places * kernels.size
        assert_array_equal(bias, np.repeat(PARAMETERS[f"{name}_bias"], places))


def test_the_photograph_and_the_parameters_stay_as_they_are():
    image, parameters = PHOTOGRAPH.copy(), data.load_face_detector()
    scanning.FaceDetector(parameters).scan(image)
    assert_array_equal(image, PHOTOGRAPH)
    assert all(array.dtype == np.float32 for array in parameters.values())
    assert all((parameters[name] == PARAMETERS[name]).all() for name in PARAMETERS)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((11, 40, 3), np.uint8), r"at least 12 x 12 pixels; this has the shape \(11, 40, 3\)"),
        (np.zeros((0, 0, 3), np.uint8), "at least 12 x 12"),
        (np.zeros((40, 40), np.uint8), r"colour pictures, uint8 \(H, W, 3\)"),
        (np.zeros((1, 3, 40, 40), np.uint8), r"\(1, 3, 40, 40\)"),
    ],
)
def test_what_the_detector_cannot_look_at_is_refused_in_words(image, words):
    for look in (DETECTOR.scan, DETECTOR.scan_windows):
        with pytest.raises(ValueError, match=words):
            look(image)
        for other, kind in ((np.zeros((40, 40, 3)), "float64"), ([[1, 2]], "list")):
            with pytest.raises(TypeError, match=f"colour pictures, uint8 .* this is {kind}"):
                look(other)


def test_the_weights_are_read_and_a_damaged_file_says_how_to_get_it_back(tmp_path, monkeypatch):
    shapes = {name: array.shape for name, array in PARAMETERS.items()}
    assert len(shapes) == 11
    assert shapes["conv1_weight"] == (10, 3, 3, 3)
    assert sum(array.size for array in PARAMETERS.values()) == 6500
    whole = (data.DATA_FOLDER / "mtcnn" / "pnet.npz").read_bytes()
    (tmp_path / "data" / "mtcnn").mkdir(parents=True)
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    flipped = bytearray(whole)
    flipped[12_000] ^= 1
    for content in (b"", whole[:1000], whole[:-100], bytes(flipped), b"no weights at all"):
        (tmp_path / "data" / "mtcnn" / "pnet.npz").write_bytes(content)
        with pytest.raises(ValueError, match=r"data/mtcnn/pnet.npz is damaged \(.*git checkout -- data/mtcnn/pnet.npz"):
            data.load_face_detector()


@pytest.mark.parametrize(
    "windows",
    [np.zeros((2, 12, 12, 3)), np.zeros(432), *(np.full((1, 432), value) for value in (200, -5.0, np.nan))],
)
def test_windows_of_another_kind_are_refused(windows):
    with pytest.raises(ValueError, match=r"windows are \(N, 432\) numbers from -1 to 1; these are "):
        DETECTOR.dense_scores(windows)


def test_weights_of_another_net_are_refused(tmp_path, monkeypatch):
    with np.load(data.DATA_FOLDER / "mtcnn" / "pnet.npz") as stored:
        arrays = dict(stored) | {"conv2_W": np.zeros((3, 3, 10, 17), np.float32)}
    (tmp_path / "data" / "mtcnn").mkdir(parents=True)
    np.savez(tmp_path / "data" / "mtcnn" / "pnet.npz", **arrays)
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    with pytest.raises(ValueError, match=r"damaged \(weights of the shapes"):
        data.load_face_detector()


def test_with_swapped_kernels_an_upright_photograph_gives_what_the_authors_transposed_one_gives():
    with np.load(data.DATA_FOLDER / "mtcnn" / "pnet.npz") as stored:
        as_stored = {name: PARAMETERS[name] for name in PARAMETERS}
        for layer in ("conv1", "conv2", "conv3", "face"):
            as_stored[f"{layer}_weight"] = stored[f"{layer}_W"].transpose(3, 2, 0, 1)  # rows and columns as stored
    transposed = scanning.FaceDetector(as_stored).scan(PHOTOGRAPH.transpose(1, 0, 2))
    assert_allclose(transposed.T, DETECTOR.scan(PHOTOGRAPH), rtol=0, atol=1e-13)
    upright = scanning.FaceDetector(as_stored).scan(PHOTOGRAPH)
    assert np.abs(upright - DETECTOR.scan(PHOTOGRAPH)).max() > 0.5  # not the same without swapping anything
