"""Monte Carlo tree search with upper confidence bounds (UCT)."""

import math
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
        if node.visits == 0:
            return math.inf
        return node.value / node.visits + self.c * math.sqrt(math.log(node.parent.visits) / node.visits)

    def select(self, root: Node) -> Node:
        """The node at which the tree is to grow."""
        node = root
        while node.children and not node.untried:
            node = max(node.children, key=self.uct)
        return node

    def expand(self, node: Node) -> Node:
        """Adds one child to a node and returns it."""
        if not node.untried:
            return node
        move = node.untried.pop(0)
        game = node.game.copy()
        game.play(move)
        child = Node(game, parent=node, move=move)
        node.children.append(child)
        return child

    def simulate(self, node: Node) -> float:
        """The result of a random playout from a node, as seen by player 1."""
        game = node.game.copy()
        for _ in range(self.max_moves):
            moves = game.moves()
            if not moves:
                break
            game.play(self.rng.choice(moves))
        return 0.0 if game.moves() else game.result()

    def backpropagate(self, node: Node, result: float) -> None:
        """Counts a result (as seen by player 1) in a node and in all above it."""
        while node is not None:
            chooser = node.parent.game.player() if node.parent else 1
            node.visits += 1
            node.value += chooser * result
            node = node.parent

    def search(self, game: Game, simulations: int) -> Node:
        """The root of the tree that so many simulations from `game` have built."""
        root = Node(game.copy())
        for _ in range(simulations):
            node = self.expand(self.select(root))
            self.backpropagate(node, self.simulate(node))
        return root

    def best_move(self, root: Node) -> int:
        """The move that a finished search recommends."""
        if not root.children:
            raise ValueError("the game is over, or nothing was searched")
        return max(root.children, key=lambda child: child.visits).move
