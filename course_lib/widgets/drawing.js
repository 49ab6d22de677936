// What must be computed while a hand draws: the pen's ink, as with_stroke() in draw_a_digit.py; and the code shown.
export const SIDE = 28, RADIUS = 1.2;

// The picture (784 numbers, row by row) with a straight stroke from start to end, each [row, column]; a new array.
export function withStroke(picture, [fromRow, fromColumn], [toRow, toColumn]) {
  const down = toRow - fromRow, right = toColumn - fromColumn, length = down * down + right * right;
  const within = (value) => Math.min(Math.max(value, 0), 1);
  return picture.map((ink, place) => {
    const row = Math.floor(place / SIDE), column = place % SIDE;
    const along = length ? within(((row - fromRow) * down + (column - fromColumn) * right) / length) : 0;
    const offRow = row - (fromRow + along * down), offColumn = column - (fromColumn + along * right);
    const reach = within(RADIUS + 0.5 - Math.sqrt(offRow * offRow + offColumn * offColumn));
    return Math.max(ink, Math.floor(255 * reach + 0.5));
  });
}

// A whole number from 0 to last, typed with digits only; null for anything else.
export function wholeNumber(text, last) {
  return /^\s*\d{1,6}\s*$/.test(text) && Number(text) <= last ? Number(text) : null;
}

// The calls that give these very scores. `drawing` is the explorer.
export function digitCode(number) {
  const image = number === null ? "drawing.image  # where drawing = widgets.draw_a_digit()" : `data.load_mnist()[2][${number}]`;
  return {
    course: `from course_lib import data, recipes
from course_lib.activations import softmax

image = ${image}
x = recipes.digits_input(data.centre_digit(image)[None])
network = recipes.trained_lenet5()
scores = 100 * softmax(network.forward(x))[0]
print(scores.round(1))`,
    torch: `import numpy as np\nimport torch
from torch import nn

network = nn.Sequential(
    nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
    nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
    nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
    nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))
weights = np.load(recipes.LENET5_FILE)  # named as PyTorch names them
network.load_state_dict({name: torch.tensor(weights[name]) for name in weights})
scores = 100 * torch.softmax(network(torch.tensor(x)), dim=1)[0]
print(scores)`,
  };
}
