"""Compares each method of the submitted search with the reference, on trees, numbers and games drawn here."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from positions import forced_positions
from reference import Tree, count, expected_result, follow, random_tree, search, uct

from mldevbench.grading import Grading, Probe, SubmissionError, expect_array

TOLERANCE = 1e-6
MEAN_TOLERANCE = 0.12
"""At 4,000 playouts seven standard deviations of the mean of results between -1 and 1."""


def grade(g: Grading) -> None:
    checks = {
        "uct": check_uct,
        "select": check_select,
        "expand": check_expand,
        "simulate": check_simulate,
        "backpropagate": check_backpropagate,
        "search": check_search,
        "best_move": check_best_move,
        "tic-tac-toe": check_positions,
    }
    with g.guard("mcts.py runs"), g.probe() as probe:
        for name, check in checks.items():
            with g.guard(name):
                check(g, probe)


def check_uct(g: Grading, probe: Probe) -> None:
    above = g.rng.integers(1, 1000, 50)
    visits = np.minimum(g.rng.integers(0, 40, 50), above)
    visits[0] = 0
    values, c = g.rng.uniform(-1, 1, 50) * visits, float(g.rng.uniform(0.5, 3))
    answer = probe.call("uct", visits=visits.tolist(), values=values.tolist(), above=above.tolist(), c=c)
    found = expect_array(answer, (50,), finite=False)
    expected = np.array([uct(*told, c) for told in zip(visits.tolist(), values.tolist(), above.tolist(), strict=True)])
    unvisited = visits == 0
    g.check("uct of nodes without visits is infinite", (found[unvisited] == np.inf).all(), found[unvisited][:5])
    compare(g, "uct of nodes with visits", found[~unvisited], expected[~unvisited])


def check_select(g: Grading, probe: Probe) -> None:
    wrong = []
    for _ in range(12):
        tree, c = random_tree(g.rng, depth=4), float(g.rng.uniform(0.2, 2))
        visits, values, tried = partly_grown(g, tree)
        found = probe.call("select", tree=tree, visits=visits, values=values, c=c)
        expected = follow(tree, visits, values, tried, c)[-1]
        if found != expected:
            wrong.append(f"{found!r:.20} instead of {expected}")
    g.check("select finds the node at which the tree is to grow", not wrong, f"{len(wrong)} of 12 wrong: {'; '.join(wrong[:3])}")


def check_expand(g: Grading, probe: Probe) -> None:
    for title, depth in (("a position", 2), ("a position that is over", 0)):
        tree = random_tree(g.rng, depth)
        moves, below = tree["moves"][0], tree["children"][0]
        expected = {"given": [*below, 0], "moves": moves, "children": below, "untried": [], "root": [0]}
        found = fields(probe.call("expand", tree=tree))
        odd = [f"{key}: {found.get(key)!r:.60}" for key, value in expected.items() if found.get(key) != value]
        g.check(f"expand {title}", not odd, "; ".join(odd))


def check_simulate(g: Grading, probe: Probe) -> None:
    tree, expected = lopsided_tree(g)
    times, seed = int(g.values["playouts"]), int(g.rng.integers(2**31))
    answer = expect_array(probe.call("simulate", tree=tree, at=0, times=times, seed=seed), (times + 1,))
    found, leaves = answer[:-1], np.array([r for r, moves in zip(tree["result"], tree["moves"], strict=True) if not moves])
    g.check("simulate returns results of the game", bool(np.isin(found, leaves).all()))
    squares = expected_result(tree | {"result": [r * r for r in tree["result"]]})
    close = max(abs(found.mean() - expected), abs((found**2).mean() - squares)) <= MEAN_TOLERANCE
    g.check("simulate chooses all moves alike", close, f"mean {found.mean():.3f}, expected {expected:.3f}")
    g.check("simulate leaves the node's position alone", answer[-1] == 0)
    leaf = int(g.rng.choice([i for i, moves in enumerate(tree["moves"]) if not moves]))
    over = expect_array(probe.call("simulate", tree=tree, at=leaf, times=3, seed=seed), (4,))
    g.check("simulate from a position that is over", (over[:3] == tree["result"][leaf]).all(), over)
    most = int(g.rng.integers(20, 90))
    endless = probe.call("simulate_endless", max_moves=most)
    g.check("simulate breaks off after max_moves", endless == [0.0, float(most)], f"{endless!r:.60}, expected [0, {most}]")


def check_backpropagate(g: Grading, probe: Probe) -> None:
    for attempt in range(3):
        tree = random_tree(g.rng, depth=4)
        visits, values, _ = partly_grown(g, tree)
        at = int(g.rng.choice([i for i, n in enumerate(visits) if n]))
        result = float(g.rng.uniform(-1, 1))
        answer = probe.call("backpropagate", tree=tree, visits=visits, values=values, at=at, result=result)
        count(tree, ancestry(tree, at), visits, values, result)
        compare_trees(g, f"backpropagate, tree {attempt + 1}", answer, visits, values)


def check_search(g: Grading, probe: Probe) -> None:
    for c in (0.4, 1.38, 3.0):
        tree, simulations = random_tree(g.rng, depth=4), int(g.rng.integers(250, 350))
        answer = probe.call("search_scores", tree=tree, simulations=simulations, c=c)
        compare_trees(g, f"search by scores, c = {c}", answer, *search(tree, simulations, c))
        unchanged = isinstance(answer, list) and len(answer) == 3 and np.array_equal(answer[2], [0])
        g.check(f"search by scores, c = {c}: the game is not changed", unchanged)
    tree, simulations, seed = random_tree(g.rng, depth=6), 300, int(g.rng.integers(2**31))
    first, second = (trees(probe.call("search", tree=tree, simulations=simulations, seed=seed), tree) for _ in range(2))
    g.check("search with the same seed gives the same tree", all(map(np.array_equal, first, second)))
    visits, values = first
    g.check("search makes as many simulations as asked for", visits[0] == simulations, f"{visits[0]} of {simulations}")
    below = np.array(
        [int(visits[children].sum()) if children else n - 1 for children, n in zip(tree["children"], visits, strict=True)]
    )
    below[0] -= 1
    g.check("search: a node's visits are those of its children and one more", (visits == below + 1)[visits > 0].all())
    g.check("search: no result is larger than 1", (np.abs(values) <= visits + TOLERANCE).all())


def check_best_move(g: Grading, probe: Probe) -> None:
    for title, visits in (("the most visited child", [3, 20, 5, 7]), ("the first of several", [1, 9, 4, 9]), ("no children", [])):
        found = probe.call("best_visited", visits=visits)
        expected = 10 + visits.index(max(visits)) if visits else -1
        g.check(f"best_move: {title}", found == expected, f"{found!r:.20}" + ("" if visits else ", ValueError is expected"))


def check_positions(g: Grading, probe: Probe) -> None:
    positions = forced_positions(g.rng, int(g.values["positions"]))
    played, best = zip(*positions, strict=True)
    seed, simulations = int(g.rng.integers(2**31)), int(g.values["simulations"])
    found = probe.call("best_moves", positions=list(played), simulations=simulations, seed=seed)
    solved = sum(a == b for a, b in zip(found, best, strict=False)) if isinstance(found, list) else 0
    g.metric("positions_solved", solved / len(best), "fraction")
    g.check("the best moves of tic-tac-toe are found", solved >= int(g.values["solved"]), f"{solved} of {len(best)}")


def partly_grown(g: Grading, tree: Tree) -> tuple[list[int], list[float], list[int]]:
    """Visits and values as a search might have left them, and how many moves of each position have been tried."""
    size = len(tree["player"])
    visits, tried = [0] * size, [0] * size
    visits[0] = 200
    for here, children in enumerate(tree["children"]):  # a position comes after its parent
        if visits[here] < 2:
            continue
        tried[here] = len(children) if g.rng.random() < 0.8 else int(g.rng.integers(len(children) + 1))
        for child in children[: tried[here]]:
            visits[child] = int(g.rng.integers(1, max(2, visits[here])))
    return visits, [n * float(g.rng.uniform(-1, 1)) for n in visits], tried


def lopsided_tree(g: Grading) -> tuple[Tree, float]:
    """A game whose mean result is far from that of always winning, always losing, and choosing among all ends alike."""
    while True:
        tree = random_tree(g.rng, depth=4)
        ends = [result for result, moves in zip(tree["result"], tree["moves"], strict=True) if not moves]
        expected = expected_result(tree)
        if abs(expected) < 0.6 and abs(expected - float(np.mean(ends))) > 2.5 * MEAN_TOLERANCE:
            return tree, expected


def ancestry(tree: Tree, at: int) -> list[int]:
    """The positions from the root to this one."""
    parents = {child: here for here, children in enumerate(tree["children"]) for child in children}
    path = [at]
    while path[0]:
        path.insert(0, parents[path[0]])
    return path


def trees(answer: Any, tree: Tree) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(answer, list) or len(answer) < 2:
        raise SubmissionError("the probe gave no visits and values")
    size = len(tree["player"])
    return expect_array(answer[0], (size,), "i"), expect_array(answer[1], (size,))


def compare_trees(g: Grading, name: str, answer: Any, visits: list[int], values: list[float]) -> None:
    with g.guard(name):
        found = trees(answer, {"player": visits})
        wrong = int((found[0] != np.array(visits)).sum())
        g.check(f"{name}: visits", not wrong, f"{wrong} of {len(visits)} positions have other visits")
        compare(g, f"{name}: values", found[1], np.array(values))


def compare(g: Grading, name: str, found: np.ndarray, expected: np.ndarray) -> None:
    error = float((np.abs(found - expected) / (1 + np.abs(expected))).max())
    g.check(name, error <= TOLERANCE, f"largest difference {error:.2g}")


def fields(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise SubmissionError("the probe gave no record")
    return answer
