"""Puts the submitted weights into the original network, and evaluates it beside the baseline. No code of the agent is run."""

import runpy
from dataclasses import dataclass

import numpy as np
import torch
from torchvision.datasets import CIFAR10

from mldevbench.grading import Grading, expect_array

CHECKPOINT = "checkpoints/best.pt"
MIB = 2**20


@dataclass(frozen=True)
class Labelled:
    """`images` (n, 32, 32, 3) uint8 and `labels` (n,)."""

    images: np.ndarray
    labels: np.ndarray


class Network:
    """The original network, and the floating point entries of its state in the order of their names."""

    def __init__(self, g: Grading) -> None:
        original = runpy.run_path(str(g.hidden.parent / "workspace" / "model.py"))
        self.module: torch.nn.Module = original["Network"](int(g.values["width"]))
        state = self.module.state_dict()
        self.entries = {name: f"{value.dtype} {tuple(value.shape)}" for name, value in state.items()}
        self._floats = [state[name] for name in sorted(state) if state[name].is_floating_point()]
        self.size = sum(value.numel() for value in self._floats)

    def load(self, floats: np.ndarray) -> None:
        parts = torch.from_numpy(floats).split([value.numel() for value in self._floats])
        for value, part in zip(self._floats, parts, strict=True):
            value.copy_(part.reshape(value.shape))

    @torch.no_grad()
    def accuracy(self, data: Labelled) -> float:
        """In percent."""
        self.module.eval()
        pixels = torch.from_numpy(data.images).permute(0, 3, 1, 2)
        predicted = torch.cat([self.module(batch / 255).argmax(dim=1) for batch in pixels.split(250)])
        return 100 * float((predicted.numpy() == data.labels).mean())


def grade(g: Grading) -> None:
    network, held_back = Network(g), holdout(g)
    given = torch.load(g.asset("cifar10_baseline") / "baseline.pt", map_location="cpu", weights_only=True)
    network.module.load_state_dict(given["model_state_dict"])
    baseline = network.accuracy(held_back)
    g.metric("baseline_accuracy", baseline / 100, "fraction")
    with g.guard("the checkpoint can be read"):
        if loaded(g, network):
            check_accuracies(g, network.accuracy(test(g)), network.accuracy(held_back), baseline)


def loaded(g: Grading, network: Network) -> bool:
    """Whether the network now has the submitted weights."""
    most = int(g.values["checkpoint_mib"]) * MIB
    size = g.files.size(CHECKPOINT)
    if not g.check(f"the checkpoint has at most {most // MIB} MiB", size <= most, f"it has {size} bytes"):
        return False
    with g.probe() as probe:
        entries = probe.call("entries")
        if not g.check("the checkpoint is one of this network", entries == network.entries, difference(entries, network.entries)):
            return False
        floats = expect_array(probe.call("floats"), (network.size,), finite=False)
    if not g.check("every weight is finite", np.isfinite(floats).all()):
        return False
    network.load(floats)
    return True


def difference(found: object, wanted: dict[str, str]) -> str:
    told = found if isinstance(found, dict) else {}
    names = [name for name in {**wanted, **told} if told.get(name) != wanted.get(name)]
    return "; ".join(f"{name!s:.60}: {told.get(name)!s:.60}, not {wanted.get(name)}" for name in names[:3])


def check_accuracies(g: Grading, tested: float, held_back: float, baseline: float) -> None:
    g.metric("test_accuracy", tested / 100, "fraction")
    g.metric("holdout_accuracy", held_back / 100, "fraction")
    least, gap = baseline + float(g.values["points"]), float(g.values["gap"])
    told = f"{held_back:.2f} %, at least {least:.2f} %; the baseline has {baseline:.2f} %"
    g.check("accuracy on held-back images", held_back >= least, told)
    told = f"{tested:.2f} % on test images, {held_back:.2f} % on held-back ones"
    g.check("the test images were not trained on", tested <= held_back + gap, told)


def test(g: Grading) -> Labelled:
    split = CIFAR10(str(g.asset("cifar10")), train=False)
    return Labelled(split.data, np.array(split.targets))


def holdout(g: Grading) -> Labelled:
    folder = g.asset("cifar10_holdout")
    return Labelled(np.load(folder / "images.npy"), np.load(folder / "labels.npy"))
