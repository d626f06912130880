"""Games and the nodes of a search tree. This file is complete; grading uses its own copy of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Game(Protocol):
    """A position of a game for two players, 1 and -1, without hidden information or chance. `play` changes it."""

    def player(self) -> int:
        """Whose turn it is, 1 or -1. The players need not take turns one after the other."""

    def moves(self) -> list[int]:
        """The legal moves; none when the game is over. Moves are any integers."""

    def play(self, move: int) -> None:
        """Makes a legal move: this position becomes the next one."""

    def copy(self) -> Game:
        """The same position, independent of this one."""

    def result(self) -> float:
        """How the game ended, between -1 and 1: 1 when player 1 has won, -1 when player -1 has. Only when it is over."""


@dataclass(eq=False)
class Node:
    """A position in the search tree."""

    game: Game
    """The position. It belongs to the node and stays as it is."""
    parent: Node | None = None
    move: int | None = None
    """The move that leads here from the parent."""
    children: list[Node] = field(default_factory=list)
    untried: list[int] = field(init=False)
    """Legal moves that have no child yet, in the order of `game.moves()`."""
    visits: int = 0
    value: float = 0.0
    """Sum of the results of all visits, as seen by the player whose turn it is in the parent (for the root: by player 1)."""

    def __post_init__(self) -> None:
        self.untried = list(self.game.moves())


LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


class TicTacToe:
    """Moves are the fields 0 to 8, row by row; player 1 begins."""

    def __init__(self) -> None:
        self.board = [0] * 9

    def player(self) -> int:
        return 1 if sum(self.board) == 0 else -1

    def winner(self) -> int:
        return next((self.board[a] for a, b, c in LINES if self.board[a] == self.board[b] == self.board[c] != 0), 0)

    def moves(self) -> list[int]:
        return [] if self.winner() else [i for i, owner in enumerate(self.board) if owner == 0]

    def play(self, move: int) -> None:
        if move not in self.moves():
            raise ValueError(f"{move} is no legal move")
        self.board[move] = self.player()

    def copy(self) -> TicTacToe:
        other = TicTacToe()
        other.board = list(self.board)
        return other

    def result(self) -> float:
        if self.moves():
            raise ValueError("the game is not over")
        return float(self.winner())
