"""The kernel playground: a kernel of your own over a photograph."""

import io

import numpy as np
import traitlets
from PIL import Image

from course_lib import data, filters
from course_lib.plots import filters as plots
from course_lib.widgets.base import Explorer

LARGEST_SIDE = 512  # pixels: larger pictures are scaled down for show


def _in_both_sizes(kernel, signed=False):
    return {"3": kernel.tolist(), "5": np.pad(kernel, 1).tolist(), "signed": signed}


PRESETS = {
    "identity": _in_both_sizes(filters.identity_kernel(3)),
    "shift left": _in_both_sizes(filters.shift_kernel(-1, 0)),
    "shift right": _in_both_sizes(filters.shift_kernel(1, 0)),
    "shift up": _in_both_sizes(filters.shift_kernel(0, -1)),
    "shift down": _in_both_sizes(filters.shift_kernel(0, 1)),
    "box": {"3": filters.box_kernel(3).tolist(), "5": filters.box_kernel(5).tolist(), "signed": False},
    "Sobel x": _in_both_sizes(filters.SOBEL_X, signed=True),
    "Sobel y": _in_both_sizes(filters.SOBEL_Y, signed=True),
    "sharpen": _in_both_sizes(filters.SHARPEN),
    "sharpen as printed": _in_both_sizes(filters.SHARPEN_AS_PRINTED),
    "emboss": _in_both_sizes(filters.EMBOSS),
}


class KernelPlayground(Explorer):
    """A photograph, an editable kernel and the filtered picture; see kernel_playground()."""

    front_end = ("filters.js", "kernel_playground.js")
    styles = ("kernel_playground.css",)
    state = ("picture", "preset", "size", "kernel", "sigma", "flip", "border", "grey", "signed", "row", "column")

    pictures = traitlets.List(list(data.IMAGE_NAMES)).tag(sync=True)
    presets = traitlets.Dict(PRESETS).tag(sync=True)

    picture = traitlets.Enum((*data.IMAGE_NAMES, "own file"), "camera").tag(sync=True)
    picture_png = traitlets.Bytes(help="the picture shown, as a PNG file of at most 512 x 512 pixels").tag(sync=True)
    preset = traitlets.Enum((*PRESETS, "Gaussian", "custom"), "Sobel x").tag(sync=True)
    size = traitlets.Enum((3, 5), 3).tag(sync=True)
    kernel = traitlets.Any(help="rows of weights, size x size; arrays become lists").tag(sync=True)
    sigma = traitlets.Float(1.0, min=0.3, max=3.0, help="of the Gaussian preset, in pixels").tag(sync=True)
    flip = traitlets.Bool(False, help="turn the kernel by 180 degrees: convolution").tag(sync=True)
    border = traitlets.Enum(filters.BORDERS, "edge").tag(sync=True)
    grey = traitlets.Bool(True, help="filter brightness instead of red, green and blue").tag(sync=True)
    signed = traitlets.Bool(False, help="show negative and positive results in two colours").tag(sync=True)
    row = traitlets.Int(150, min=0, help="of the picked pixel").tag(sync=True)
    column = traitlets.Int(226, min=0, help="of the picked pixel").tag(sync=True)

    @traitlets.default("kernel")
    def _preset_kernel(self):
        return _kernel_of(self.preset, self.size, self.sigma)

    @traitlets.default("signed")
    def _preset_signed(self):
        return PRESETS.get(self.preset, {}).get("signed", False)

    @traitlets.default("picture_png")
    def _bundled_png(self):
        png = io.BytesIO()
        picture = data.scale_down(data.load_image(self.picture), LARGEST_SIDE)
        Image.fromarray(picture).save(png, "PNG", optimize=True)
        return png.getvalue()

    @traitlets.observe("picture")
    def _fetch_picture(self, change):
        if change.new != "own file":
            self.picture_png = self._bundled_png()

    @traitlets.observe("preset", "size", "sigma")
    def _fetch_kernel(self, _change):
        if self.preset != "custom" and not _same(self.kernel, self._preset_kernel()):
            self.kernel = self._preset_kernel()
            self.signed = self._preset_signed()

    @traitlets.validate("kernel")
    def _check_kernel(self, proposal):
        try:
            kernel = np.asarray(proposal.value, dtype=float)
        except (TypeError, ValueError):
            kernel = np.empty(0)
        if kernel.shape not in ((3, 3), (5, 5)) or not np.isfinite(kernel).all():
            raise traitlets.TraitError(
                f"the playground takes 3 x 3 or 5 x 5 numbers as a kernel, not {proposal.value!r}"
            )
        return kernel.tolist()

    @traitlets.observe("kernel")
    def _name_kernel(self, change):
        if not _same(change.new, _kernel_of(self.preset, len(change.new), self.sigma)):
            self.preset = "custom"
        self.size = len(change.new)

    @traitlets.validate("picture_png")
    def _check_png(self, proposal):
        _decoded(proposal.value)
        return proposal.value

    @property
    def image(self):
        """The picture that is filtered: uint8 (H, W), or (H, W, 3) if it is filtered in colour."""
        picture = _decoded(self.picture_png)
        return data.to_grey(picture) if self.grey or self.signed else picture

    @property
    def result(self):
        """The filtered picture in full precision: float64, unlimited range."""
        operation = filters.convolve2d if self.flip else filters.correlate2d
        return operation(self.image.astype(np.float64), self.kernel, self.border)

    @property
    def shown(self):
        """The filtered picture as the page shows it: uint8 grey levels or colours."""
        return plots.signed_colours(self.result) if self.signed else filters.to_grey_levels(self.result)

    def still(self):
        """A Figure with the picture, the kernel and the result."""
        return plots.playground(self.image, self.kernel, self.shown)


def kernel_playground(picture="camera", preset="Sobel x", border="edge", **state):
    """Slide a kernel of your own over a photograph and watch the result.

    picture: a name from data.IMAGE_NAMES; preset: "identity", "box", "Gaussian", "Sobel x", ... (see PRESETS);
    border as for filters.correlate2d; more of the state by name: kernel, size, sigma, flip, grey, signed, row, column.
    """
    if "kernel" in state:
        preset, state["size"] = "custom", len(state["kernel"])
    return KernelPlayground(picture=picture, preset=preset, border=border, **state)


def _kernel_of(preset, size, sigma):
    if preset == "Gaussian":
        return filters.gaussian_kernel(size, sigma).tolist()
    if preset == "custom":
        return filters.identity_kernel(size).tolist()
    return PRESETS[preset][str(size)]


def _same(kernel, other):
    return np.shape(kernel) == np.shape(other) and np.allclose(kernel, other, rtol=0, atol=1e-12)


def _decoded(png):
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if max(picture.size) > LARGEST_SIDE:
                raise traitlets.TraitError(
                    f"the playground shows up to {LARGEST_SIDE} pixels a side, not {picture.size}"
                )
            return np.asarray(picture.convert("L" if picture.mode == "L" else "RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise traitlets.TraitError(f"these bytes are not a PNG picture that can be read ({error})") from None
