import shutil

import numpy as np
import pytest
from PIL import Image

from course_lib import data

SHAPES = {
    "astronaut": (512, 512, 3), "brick": (512, 512), "camera": (512, 512), "chelsea": (300, 451, 3),
    "coffee": (400, 600, 3), "coins": (303, 384), "grass": (512, 512), "gravel": (512, 512),
}  # fmt: skip


def test_every_photograph_can_be_read_and_is_listed():
    assert tuple(SHAPES) == data.IMAGE_NAMES
    assert {name: data.load_image(name).shape for name in data.IMAGE_NAMES} == SHAPES
    assert all(data.load_image(name).dtype == np.uint8 for name in data.IMAGE_NAMES)
    on_disk = {path.stem for path in (data.DATA_FOLDER / "images").glob("*.png")}
    assert on_disk == set(data.IMAGE_NAMES)


def test_an_unknown_photograph_gets_the_list():
    with pytest.raises(ValueError, match="there is no picture 'lena'; the pictures are astronaut, brick"):
        data.load_image("lena")


def test_a_name_is_no_way_out_of_the_folder():
    with pytest.raises(ValueError, match="there is no picture"):
        data.load_image("../images/camera")


def test_a_missing_photograph_says_how_to_get_it_back(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    with pytest.raises(
        FileNotFoundError, match=r"data/images/coins\.png is missing; get it back with: git checkout -- data/"
    ):
        data.load_image("coins")


@pytest.mark.parametrize("length", [0, 100, 20_000])
def test_a_damaged_photograph_says_how_to_get_it_back(tmp_path, monkeypatch, length):
    (tmp_path / "data" / "images").mkdir(parents=True)
    whole = (data.DATA_FOLDER / "images" / "coins.png").read_bytes()
    (tmp_path / "data" / "images" / "coins.png").write_bytes(whole[:length])
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    with pytest.raises(ValueError, match=r"data/images/coins.png is damaged \(.*git checkout -- data/images/coins.png"):
        data.load_image("coins")


def test_a_photograph_with_a_flipped_bit_is_damaged(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "images"
    folder.mkdir(parents=True)
    shutil.copy(data.DATA_FOLDER / "images" / "coins.png", folder)
    content = bytearray((folder / "coins.png").read_bytes())
    content[40_000] ^= 1
    (folder / "coins.png").write_bytes(content)
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    with pytest.raises(ValueError, match="is damaged"):
        data.load_image("coins")


def test_scaling_down_keeps_the_proportions_and_leaves_small_pictures_alone():
    coffee = data.load_image("coffee")
    assert data.scale_down(coffee, 300).shape == (200, 300, 3)
    assert np.array_equal(data.scale_down(coffee, 600), coffee)
    assert abs(data.scale_down(coffee, 300).mean() - coffee.mean()) < 1


def test_grey_is_what_pillow_makes_of_it():
    chelsea = data.load_image("chelsea")
    grey = data.to_grey(chelsea)
    assert grey.shape == (300, 451)
    assert np.abs(grey - chelsea @ [0.299, 0.587, 0.114]).max() <= 1
    camera = data.load_image("camera")
    assert data.to_grey(camera) is camera


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (np.zeros((4, 4)), TypeError, "this is float64"),
        ([[1, 2]], TypeError, "this is list"),
        (np.zeros((0, 3), np.uint8), ValueError, r"this has the shape \(0, 3\)"),
        (np.zeros((2, 2, 4), np.uint8), ValueError, r"this has the shape \(2, 2, 4\)"),
    ],
)
def test_what_is_no_picture_of_bytes_is_refused(bad, error, words):
    for function in (data.to_grey, lambda image: data.scale_down(image, 10)):
        with pytest.raises(error, match=f"a picture of bytes is .*{words}"):
            function(bad)


def test_every_file_in_data_is_named_in_its_readme():
    readme = (data.DATA_FOLDER / "README.md").read_text(encoding="utf-8")
    files = [path for path in data.DATA_FOLDER.rglob("*") if path.is_file() and path.name != "README.md"]
    assert len(files) >= 10
    for path in files:
        assert path.relative_to(data.DATA_FOLDER).as_posix() in readme
    for path in (data.DATA_FOLDER / "images").iterdir():
        with Image.open(path) as picture:
            assert f"{picture.width} x {picture.height}" in readme


def test_penguins_are_as_published():
    x, labels = data.load_penguins(data.PENGUIN_SPECIES, data.PENGUIN_FEATURES)
    assert x.shape == (342, 4)
    assert np.bincount(labels).tolist() == [151, 68, 123]
    means = [x[labels == label].mean(axis=0).round(1).tolist() for label in range(3)]
    assert means == [[38.8, 18.3, 190.0, 3700.7], [48.8, 18.4, 195.8, 3733.1], [47.5, 15.0, 217.2, 5076.0]]


def test_penguins_come_in_the_order_that_was_asked_for():
    x, labels = data.load_penguins(("Gentoo", "Adelie"), ("body_mass_g", "bill_length_mm"))
    assert x[labels == 1][0].tolist() == [3750.0, 39.1]
    assert np.bincount(labels).tolist() == [123, 151]


@pytest.mark.parametrize("bad", ["Adelie", (), ("Adelie", "King"), None])
def test_unknown_penguins_get_the_list(bad):
    with pytest.raises(ValueError, match="out of Adelie, Chinstrap, Gentoo"):
        data.load_penguins(bad, ("bill_length_mm",))
    with pytest.raises(ValueError, match="out of bill_length_mm, bill_depth_mm"):
        data.load_penguins(("Adelie",), bad)


def test_digits_look_like_digits():
    images, labels = data.load_digits()
    assert images.dtype == np.uint8
    assert images.max() == 16
    zero, one = images[labels == 0].mean(axis=0), images[labels == 1].mean(axis=0)
    assert zero[3:5, 3:5].mean() < 4 < 10 < one[3:5, 3:5].mean()
    assert labels[:10].tolist() == list(range(10))


def test_training_and_test_pictures_are_what_their_labels_say():
    for x_train, y_train, x_test, y_test in (data.load_mnist(), data.load_fashion()):
        means = np.array([x_train[y_train == label].mean(axis=0) for label in range(10)])
        nearest = ((x_test[:, None] - means) ** 2).sum(axis=(2, 3)).argmin(axis=1)  # a poor but honest classifier
        assert (nearest == y_test).mean() > 0.65
        seen = {picture.tobytes() for picture in x_train}
        assert sum(picture.tobytes() in seen for picture in x_test) == 0  # no test picture was trained on
    assert len(data.FASHION_NAMES) == 10


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("tables/penguins.csv", lambda: data.load_penguins(("Adelie",), ("body_mass_g",))),
        ("tables/digits.csv.gz", data.load_digits),
        ("mnist/mnist10k.npz", data.load_mnist),
        ("fashion/fashion7k.npz", data.load_fashion),
    ],
)
@pytest.mark.parametrize("share", [None, 0, 0.6, 0.999])
def test_a_missing_or_damaged_table_says_how_to_get_it_back(tmp_path, monkeypatch, name, load, share):
    whole, copy = (data.DATA_FOLDER / name).read_bytes(), tmp_path / "data" / name
    copy.parent.mkdir(parents=True)
    if share is not None:
        copy.write_bytes(whole[: int(share * len(whole))])
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path / "data")
    with pytest.raises(
        (FileNotFoundError, ValueError), match=rf"data/{name} is (missing|damaged).*git checkout -- data"
    ):
        load()


def test_two_moons_lie_on_their_half_circles():
    x, labels = data.two_moons(41, noise=0, rng=np.random.default_rng(3))
    upper, lower = x[labels == 0], x[labels == 1]
    assert (len(upper), len(lower)) == (21, 20)
    np.testing.assert_allclose((upper**2).sum(axis=1), 1)
    np.testing.assert_allclose(((lower - [1, 0.5]) ** 2).sum(axis=1), 1)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0.5).all()
    noisy, _ = data.two_moons(4000, noise=0.1, rng=np.random.default_rng(3))
    assert abs(np.abs(np.hypot(*noisy[::2].T) - 1).mean() - 0.0798) < 0.003  # mean of |normal| with deviation 0.1


@pytest.mark.parametrize("bad", [1, 2.5, True])
def test_two_moons_refuse_a_count_that_is_none(bad):
    with pytest.raises((TypeError, ValueError), match="count must be"):
        data.two_moons(bad)
    with pytest.raises(ValueError, match="noise must be at least 0"):
        data.two_moons(4, noise=-1)
    with pytest.raises(TypeError, match="noise must be a finite number, not None"):
        data.two_moons(4, noise=None)


@pytest.mark.parametrize(
    ("side", "error"), [(0, ValueError), (-3, ValueError), (2.5, TypeError), (None, TypeError), (True, TypeError)]
)
def test_a_picture_is_scaled_to_a_whole_number_of_pixels(side, error):
    with pytest.raises(error, match="largest_side must be"):
        data.scale_down(data.load_image("coins"), side)


def test_pictures_that_were_changed_can_be_written_to():
    for picture in (data.scale_down(data.load_image("coffee"), 20), data.to_grey(data.load_image("coffee"))):
        picture[0, 0] = 0
        assert not picture[0, 0].any()


@pytest.mark.parametrize("rng", [0, 3, "seed"])
def test_moons_are_drawn_by_a_generator(rng):
    with pytest.raises(TypeError, match="rng must be a random generator"):
        data.two_moons(10, rng=rng)


def test_a_table_without_a_column_is_damaged(tmp_path, monkeypatch):
    (tmp_path / "tables").mkdir()
    table = (data.DATA_FOLDER / "tables" / "penguins.csv").read_text()
    (tmp_path / "tables" / "penguins.csv").write_text(table.replace("bill_length_mm", "bill"))
    monkeypatch.setattr(data, "DATA_FOLDER", tmp_path)
    with pytest.raises(ValueError, match="is damaged"):
        data.load_penguins(("Adelie",), ("bill_depth_mm",))
