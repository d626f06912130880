"""Compares the submitted PPO with closed forms, one part at a time, and then lets it learn from rewards that are given here."""

from comparison import UPDATES, Comparison
from learning import KINDS, Contest

from mldevbench.grading import Grading


def grade(g: Grading) -> None:
    with g.guard("ppo.py runs"), g.probe() as probe:
        for kind in KINDS:
            case = Comparison(g, probe, kind)
            case.check_evaluate()
            case.check_act()
            case.check_select_action()
            case.check_returns()
            for name, about in UPDATES.items():
                case.check_update(name, **about)
        if all(check.passed for check in g.checks):  # what is wrong in its parts need not be trained
            for kind in KINDS:
                Contest(g, probe, kind).check()
