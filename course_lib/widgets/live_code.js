// The calls that give these very losses, and the settings that the sliders know.
export const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], MOMENTA = [0, 0.5, 0.8, 0.9, 0.95, 0.99];

// The place in a list of the number nearest to the value, as seen on a slider.
export function nearest(list, value) {
  const distances = list.map((entry) => Math.abs(entry - value));
  return distances.indexOf(Math.min(...distances));
}

// A whole number from 0 to last, typed with digits only; null for anything else.
export function wholeNumber(text, last) {
  return /^\s*\d{1,6}\s*$/.test(text) && Number(text) <= last ? Number(text) : null;
}

// How long each of the settings was used: [[learning rate, momentum, steps], ...].
export function parts({ settings, step }) {
  return settings.map(([from, rate, momentum], n) => [rate, momentum, (settings[n + 1]?.[0] ?? step) - from]);
}

export function trainerCode(curve, rate, momentum) {
  const used = curve.step ? parts(curve) : [[rate, momentum, 100]];
  const list = used.map((part) => `(${part.join(", ")})`).join(", ");
  return {
    course: `import numpy as np

from course_lib import architectures, data, network, recipes

x_train, y_train, x_test, y_test = data.load_mnist()
x = recipes.digits_input(x_train)
rng = np.random.default_rng(${curve.seed})
net = architectures.lenet5(rng)
sgd = network.SGD(net, ${used[0][0]}, ${used[0][1]})
steps = network.training_steps(net, x, y_train, sgd, 32, rng)
losses = []
for sgd.learning_rate, sgd.momentum, count in [${list}]:
    losses += [next(steps) for _ in range(count)]
print(f"loss {losses[-1]:.4f}")`,
    torch: `import torch
from torch import nn

rng = np.random.default_rng(${curve.seed})
first = architectures.lenet5(rng)  # the same random weights
model = nn.Sequential(
    nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
    nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
    nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
    nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))
model.load_state_dict({f"{place}.{name}": torch.tensor(getattr(layer, name)) for place, layer in
                       enumerate(first.layers) for name in ("weight", "bias") if hasattr(layer, name)})
optimiser = torch.optim.SGD(model.parameters(), lr=${used[0][0]}, momentum=${used[0][1]})

def batches():
    while True:
        yield from network.batches(len(x), 32, rng)

torch_losses, batch = [], batches()
for lr, momentum, count in [${list}]:
    optimiser.param_groups[0].update(lr=lr, momentum=momentum)
    for _ in range(count):
        chosen = next(batch)
        loss = nn.functional.cross_entropy(model(torch.tensor(x[chosen])), torch.tensor(y_train[chosen]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        torch_losses.append(loss.item())
print(f"loss {torch_losses[-1]:.4f}")`,
  };
}
