"""Monte Carlo tree search with upper confidence bounds (UCT)."""

import random

from game import Game, Node


class MCTS:
    """Searches a game for the best move.

    Args:
        c: weight of exploration.
        max_moves: a random playout of this many moves is broken off.
        rng: where all random choices come from; by default a new generator.
    """

    def __init__(self, c: float = 1.38, max_moves: int = 200, rng: random.Random | None = None) -> None:
        self.c = c
        self.max_moves = max_moves
        self.rng = rng or random.Random()

    def uct(self, node: Node) -> float:
        """How promising a child is: its mean value plus the bonus for exploration."""
        # To be written.

    def select(self, root: Node) -> Node:
        """The node at which the tree is to grow."""
        # To be written.

    def expand(self, node: Node) -> Node:
        """Adds one child to a node and returns it."""
        # To be written.

    def simulate(self, node: Node) -> float:
        """The result of a random playout from a node, as seen by player 1."""
        # To be written.

    def backpropagate(self, node: Node, result: float) -> None:
        """Counts a result (as seen by player 1) in a node and in all above it."""
        # To be written.

    def search(self, game: Game, simulations: int) -> Node:
        """The root of the tree that so many simulations from `game` have built."""
        # To be written.

    def best_move(self, root: Node) -> int:
        """The move that a finished search recommends."""
        # To be written.
