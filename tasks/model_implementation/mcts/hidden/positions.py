"""Positions of tic-tac-toe in which one move is plainly the best."""

from __future__ import annotations

from functools import cache

import numpy as np

Board = tuple[int, ...]
LINES = [(r, r + 1, r + 2) for r in (0, 3, 6)] + [(c, c + 3, c + 6) for c in (0, 1, 2)] + [(0, 4, 8), (2, 4, 6)]
LEAST_MOVES = 4


def won(board: Board, player: int) -> bool:
    return any(all(board[i] == player for i in line) for line in LINES)


def after(board: Board, move: int, player: int) -> Board:
    return (*board[:move], player, *board[move + 1 :])


def free(board: Board) -> list[int]:
    return [i for i, owner in enumerate(board) if not owner]


@cache
def worth(board: Board, player: int) -> int:
    """What the player whose turn it is gets, 1, 0 or -1, when both play as well as can be."""
    if won(board, -player):
        return -1
    return max((-worth(after(board, move, player), -player) for move in free(board)), default=0)


def forced_move(board: Board, player: int) -> int | None:
    """The one best move, if it wins at once or prevents that the opponent does."""
    for who in (player, -player):
        winning = [move for move in free(board) if won(after(board, move, who), who)]
        if winning:
            worths = {move: -worth(after(board, move, player), -player) for move in free(board)}
            best = [move for move, value in worths.items() if value == max(worths.values())]
            return best[0] if best == winning else None
    return None


def forced_positions(rng: np.random.Generator, number: int) -> list[tuple[list[int], int]]:
    """Moves so far, and the best next one."""
    found: list[tuple[list[int], int]] = []
    while len(found) < number:
        played = [int(move) for move in rng.permutation(9)[: rng.integers(3, 10 - LEAST_MOVES)]]
        board: Board = (0,) * 9
        for turn, move in enumerate(played):
            board = after(board, move, 1 - 2 * (turn % 2))
        player = 1 - 2 * (len(played) % 2)
        if not won(board, 1) and not won(board, -1) and (move := forced_move(board, player)) is not None:
            found.append((played, move))
    return found
