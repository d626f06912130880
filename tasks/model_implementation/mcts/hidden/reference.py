"""Game trees as tables, and tree search written a second time on these tables: no nodes, no objects of a game."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Tree = dict[str, Any]
"""Lists over positions, 0 being the root: `player` (1 or -1), `moves` and `children` (of the same length), `result`, `score`."""


def random_tree(rng: np.random.Generator, depth: int, most: int = 4) -> Tree:
    """Positions of up to `most` moves, named by arbitrary integers; each position has a random player, result and score."""
    tree: Tree = {"player": [], "moves": [], "children": [], "result": [], "score": []}

    def grow(left: int) -> int:
        here = len(tree["player"])
        width = int(rng.integers(2, most + 1)) if left else 0
        tree["player"].append(int(rng.choice([1, -1])))
        tree["moves"].append([int(m) for m in rng.choice(100, width, replace=False)])
        tree["result"].append(float(rng.choice([1, 0, -1])))
        tree["score"].append(float(rng.uniform(-1, 1)))
        tree["children"].append([])
        tree["children"][here] = [grow(left - 1 - int(left > 1 and rng.random() < 0.3)) for _ in range(width)]
        return here

    grow(depth)
    return tree


def uct(visits: int, value: float, above: int, c: float) -> float:
    return value / visits + c * (math.log(above) / visits) ** 0.5 if visits else math.inf


def follow(tree: Tree, visits: Sequence[int], values: Sequence[float], tried: Sequence[int], c: float) -> list[int]:
    """The positions on the way down to where the tree is to grow."""
    path = [0]
    while (children := tree["children"][path[-1]]) and tried[path[-1]] == len(children):
        bounds = [uct(visits[child], values[child], visits[path[-1]], c) for child in children]
        path.append(children[int(np.argmax(bounds))])
    return path


def count(tree: Tree, path: Sequence[int], visits: list[int], values: list[float], result: float) -> None:
    for index, here in enumerate(path):
        visits[here] += 1
        values[here] += result * (tree["player"][path[index - 1]] if index else 1)


def search(tree: Tree, simulations: int, c: float) -> tuple[list[int], list[float]]:
    """Visits and values of every position when a playout's result is the position's score."""
    size = len(tree["player"])
    visits, values, tried = [0] * size, [0.0] * size, [0] * size
    for _ in range(simulations):
        path = follow(tree, visits, values, tried, c)
        here = path[-1]
        if tried[here] < len(tree["children"][here]):
            path.append(tree["children"][here][tried[here]])
            tried[here] += 1
        count(tree, path, visits, values, tree["score"][path[-1]])
    return visits, values


def expected_result(tree: Tree, here: int = 0) -> float:
    """The mean over random playouts."""
    children = tree["children"][here]
    return float(np.mean([expected_result(tree, child) for child in children])) if children else float(tree["result"][here])
