"""The same layers in PyTorch, on the same weights, for comparison. PyTorch is used where it is installed."""

try:
    import torch
except ImportError:
    torch = None


def twin(net, device="cpu"):
    """The network in PyTorch, with copies of its weights."""
    return torch.nn.Sequential(*map(_layer, net.layers)).to(device).train(net.layers[0].training)


def _layer(layer):
    kind, settings = type(layer).__name__, getattr(layer, "settings", {})
    if kind == "Dropout":
        return torch.nn.Dropout(layer.p)
    if kind == "Linear":
        out, channels = layer.weight.shape
        return _with_weights(torch.nn.Linear(channels, out), layer)
    if kind == "Conv2d":
        out, channels, *kernel = layer.weight.shape
        return _with_weights(torch.nn.Conv2d(channels * settings["groups"], out, tuple(kernel), **settings), layer)
    known = {name: value for name, value in settings.items() if name != "count_include_pad"}
    return getattr(torch.nn, kind)(**known)


def _with_weights(module, layer):
    module.weight.data, module.bias.data = torch.tensor(layer.weight), torch.tensor(layer.bias)
    return module


def passing(module, x, device="cpu"):
    """A forward pass without gradients, as a function without arguments."""
    x = torch.from_numpy(x).to(device)

    def run():
        with torch.no_grad():
            return module(x)

    return run


def stepping(module, x, labels, learning_rate=1e-4, weight_decay=5e-4, device="cpu"):
    """A training step on always the same batch, as a function without arguments."""
    x, labels = torch.from_numpy(x).to(device), torch.from_numpy(labels).to(device)
    sgd = torch.optim.SGD(module.parameters(), learning_rate, 0.9, weight_decay=weight_decay)
    return lambda: _step(module, sgd, x, labels)


def epoch(module, x, labels, batch_size, learning_rate, device="cpu"):
    """An epoch of training in random batches, as a function without arguments."""
    x, labels = torch.from_numpy(x).to(device), torch.from_numpy(labels).to(device)
    sgd = torch.optim.SGD(module.parameters(), learning_rate, 0.9)

    def run():
        for rows in torch.randperm(len(x), device=device).split(batch_size):
            _step(module, sgd, x[rows], labels[rows])

    return run


def _step(module, sgd, x, labels):
    sgd.zero_grad()
    torch.nn.functional.cross_entropy(module(x), labels).backward()
    sgd.step()
