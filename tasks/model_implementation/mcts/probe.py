"""Runs the submitted search on games that are tables, and hands back trees as lists and arrays."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

Tree = dict[str, Any]


class TableGame:
    """A position of a game that is given as a table of positions."""

    def __init__(self, tree: Tree, at: int = 0) -> None:
        self.tree, self.at = tree, at

    def player(self) -> int:
        return int(self.tree["player"][self.at])

    def moves(self) -> list[int]:
        return list(self.tree["moves"][self.at])

    def play(self, move: int) -> None:
        self.at = self.tree["children"][self.at][self.tree["moves"][self.at].index(move)]

    def copy(self) -> TableGame:
        return TableGame(self.tree, self.at)

    def result(self) -> float:
        if self.tree["moves"][self.at]:
            raise ValueError("the game is not over")
        return float(self.tree["result"][self.at])


class Endless:
    """A game that never ends; it counts the moves of all its copies, and has enough of them some time."""

    def __init__(self, played: list[int] | None = None) -> None:
        self.played = played if played is not None else [0]

    def player(self) -> int:
        return 1

    def moves(self) -> list[int]:
        return [3, 1, 2]

    def play(self, move: int) -> None:
        self.played[0] += 1
        if self.played[0] > 10_000:
            raise RuntimeError("a playout goes on after max_moves")

    def copy(self) -> Endless:
        return Endless(self.played)

    def result(self) -> float:
        raise ValueError("the game is not over")


def uct(visits: list[int], values: list[float], above: list[int], c: float) -> np.ndarray:
    """Of nodes with these visits and values, below parents with so many visits."""
    from game import Node, TicTacToe
    from mcts import MCTS

    parents = [Node(TicTacToe(), visits=n) for n in above]
    nodes = [Node(TicTacToe(), parent=p, visits=n, value=v) for p, n, v in zip(parents, visits, values, strict=True)]
    return np.array([float(MCTS(c=c).uct(node)) for node in nodes])


def select(tree: Tree, visits: list[int], values: list[float], c: float) -> int:
    """The position that is chosen in the tree of all positions with visits."""
    from mcts import MCTS

    root = _grown(tree, visits, values)
    return int(MCTS(c=c).select(root).game.at)


def expand(tree: Tree) -> dict[str, list[int]]:
    """The positions that expanding the root gives, once more often than it has moves; and what it has become."""
    from game import Node
    from mcts import MCTS

    root = Node(TableGame(tree))
    given = [MCTS().expand(root) for _ in range(len(tree["moves"][0]) + 1)]
    told = {"given": [node.game.at for node in given], "moves": [node.move for node in given[:-1]]}
    below = [node.game.at for node in root.children if node.parent is root]
    return told | {"children": below, "untried": list(root.untried), "root": [root.game.at]}


def simulate(tree: Tree, at: int, times: int, seed: int) -> np.ndarray:
    """The results of playouts, and at the end the position that the node then has."""
    from game import Node
    from mcts import MCTS

    search, node = MCTS(rng=random.Random(seed)), Node(TableGame(tree, at))
    return np.array([*(float(search.simulate(node)) for _ in range(times)), node.game.at])


def simulate_endless(max_moves: int) -> list[float]:
    """The result, and how many moves were made."""
    from game import Node
    from mcts import MCTS

    game = Endless()
    result = float(MCTS(max_moves=max_moves).simulate(Node(game)))
    return [result, float(game.played[0])]


def backpropagate(tree: Tree, visits: list[int], values: list[float], at: int, result: float) -> list[np.ndarray]:
    """Visits and values of all positions after a result has come in at one of them."""
    from mcts import MCTS

    root = _grown(tree, visits, values)
    MCTS().backpropagate(next(node for node in _walk(root) if node.game.at == at), result)
    return _told(root, len(visits))


def search_scores(tree: Tree, simulations: int, c: float) -> list[np.ndarray]:
    """Visits and values of all positions, and the game's own position after a search by fixed scores."""
    from mcts import MCTS

    class Scored(MCTS):
        def simulate(self, node: Any) -> float:
            return float(tree["score"][node.game.at])

    game = TableGame(tree)
    root = Scored(c=c).search(game, simulations)
    return [*_told(root, len(tree["player"])), np.array([game.at])]


def search(tree: Tree, simulations: int, seed: int) -> list[np.ndarray]:
    """Visits and values of all positions after an ordinary search."""
    from mcts import MCTS

    return _told(MCTS(rng=random.Random(seed)).search(TableGame(tree), simulations), len(tree["player"]))


def best_visited(visits: list[int]) -> int:
    """The move that is best when the children have so many visits; moves are counted from 10. -1 for ValueError."""
    from game import Node, TicTacToe
    from mcts import MCTS

    root = Node(TicTacToe())
    root.children = [Node(TicTacToe(), root, 10 + i, visits=n, value=-1.0 * n) for i, n in enumerate(visits)]
    try:
        return int(MCTS().best_move(root))
    except ValueError:
        return -1


def best_moves(positions: list[list[int]], simulations: int, seed: int) -> list[int]:
    """The best move in positions of tic-tac-toe that are given by the moves so far."""
    from game import TicTacToe
    from mcts import MCTS

    found = []
    for index, played in enumerate(positions):
        game = TicTacToe()
        for move in played:
            game.play(move)
        search = MCTS(rng=random.Random(seed + index))
        found.append(int(search.best_move(search.search(game, simulations))))
    return found


def _grown(tree: Tree, visits: list[int], values: list[float]) -> Any:
    """The search tree of all positions that have visits."""
    from game import Node

    def grow(at: int, parent: Any, move: int | None) -> Any:
        node = Node(TableGame(tree, at), parent, move, visits=visits[at], value=values[at])
        for step, below in zip(tree["moves"][at], tree["children"][at], strict=True):
            if visits[below]:
                node.untried.remove(step)
                node.children.append(grow(below, node, step))
        return node

    return grow(0, None, None)


def _walk(node: Any) -> Any:
    yield node
    for child in node.children:
        yield from _walk(child)


def _told(root: Any, size: int) -> list[np.ndarray]:
    """Visits and values by position."""
    visits, values = np.zeros(size, np.int64), np.zeros(size)
    for node in _walk(root):
        visits[node.game.at] += node.visits
        values[node.game.at] += node.value
    return [visits, values]
