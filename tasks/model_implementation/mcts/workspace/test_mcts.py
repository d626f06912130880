"""Some of what MCTS must do: `python -m pytest test_mcts.py`. Grading checks all of it, on other games."""

import math
import random

from game import Node, TicTacToe
from mcts import MCTS


def position(*moves: int) -> TicTacToe:
    game = TicTacToe()
    for move in moves:
        game.play(move)
    return game


def test_uct() -> None:
    root = Node(TicTacToe(), visits=10)
    child = Node(position(4), parent=root, move=4, visits=4, value=2.0)
    assert math.isclose(MCTS(c=1.38).uct(child), 0.5 + 1.38 * math.sqrt(math.log(10) / 4))


def test_expand_takes_the_moves_in_order() -> None:
    root = Node(position(0))
    children = [MCTS().expand(root) for _ in range(8)]
    assert [child.move for child in children] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert root.children == children
    assert root.game.board == position(0).board


def test_every_simulation_is_counted() -> None:
    root = MCTS(rng=random.Random(0)).search(TicTacToe(), 50)
    assert root.visits == sum(child.visits for child in root.children) == 50


def test_a_win_is_taken() -> None:
    search = MCTS(rng=random.Random(0))
    assert search.best_move(search.search(position(0, 3, 1, 4), 300)) == 2
