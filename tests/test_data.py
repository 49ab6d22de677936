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


@pytest.mark.parametrize("bad", [np.zeros((4, 4)), np.zeros((0, 3), np.uint8), np.zeros((2, 2, 4), np.uint8), [[1, 2]]])
def test_what_is_no_picture_of_bytes_is_refused(bad):
    for function in (data.to_grey, lambda image: data.scale_down(image, 10)):
        with pytest.raises((TypeError, ValueError), match="a picture of bytes is"):
            function(bad)


def test_every_file_in_data_is_named_in_its_readme():
    readme = (data.DATA_FOLDER / "README.md").read_text(encoding="utf-8")
    for path in (data.DATA_FOLDER / "images").iterdir():
        assert path.name in readme
        with Image.open(path) as picture:
            assert f"{picture.width} x {picture.height}" in readme
