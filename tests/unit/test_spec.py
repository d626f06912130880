"""Names, seeds, limits and keys."""

from __future__ import annotations

import itertools

import pytest

from mldevbench.outcome import UserError
from mldevbench.spec import Arm, Limits, Named, SweepSpec, TrialSpec, parse_seeds


def trial(**changes: object) -> TrialSpec:
    given = {"task": "t", "task_digest": "d", "agent": Named("a"), "agent_digest": "e", "model": None, "seed": 0}
    return TrialSpec(**(given | {"profile": "mini", "limits": Limits()} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("5", (0, 1, 2, 3, 4)), ("0-2", (0, 1, 2)), ("1,3,7", (1, 3, 7)), ("0-2,7", (0, 1, 2, 7)), ("3-3", (3,))],
)
def test_seeds_as_count_range_or_list(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "0", "-1", "a", "3-1", "1,1", "1.5", "0-2,2"])
def test_bad_seeds_name_themselves_and_the_mend(text: str) -> None:
    with pytest.raises(UserError, match="write a count|names a seed twice"):
        parse_seeds(text)


def test_the_order_of_arguments_does_not_matter() -> None:
    assert Named.parse("m?b=2&a=1") == Named.parse("m?a=1&b=2")
    assert str(Named.parse("scripted/coin?p=0.6")) == "scripted/coin?p=0.6"


@pytest.mark.parametrize("text", ["", "?a=1", "m?a", "m?a=1&a=2"])
def test_bad_names(text: str) -> None:
    with pytest.raises(UserError):
        Named.parse(text)


def test_every_part_of_a_trial_is_in_its_key() -> None:
    variants = [
        trial(),
        trial(task="u"),
        trial(task_digest="x"),
        trial(agent=Named("a", (("k", "v"),))),
        trial(agent_digest="x"),
        trial(model=Named("m")),
        trial(model=Named("m", (("temperature", "0"),))),
        trial(seed=1),
        trial(profile="full"),
        trial(limits=Limits(max_steps=10)),
    ]
    assert len({v.key for v in variants}) == len(variants)
    assert trial().key == trial().key


def test_a_trial_survives_its_dictionary() -> None:
    spec = trial(agent=Named.parse("a?x=1"), model=Named.parse("m?t=0.5"), limits=Limits(10, 1.5, None, 0.2))
    assert TrialSpec.from_dict(spec.to_dict()) == spec


@pytest.mark.parametrize("field", ["max_steps", "max_time_s", "max_tokens", "max_cost_usd"])
@pytest.mark.parametrize("value", [0, -1])
def test_limits_must_be_positive(field: str, value: int) -> None:
    with pytest.raises(UserError, match=field.replace("_", "-")):
        Limits(**{field: value})


def test_a_million_trials_are_streamed() -> None:
    arms = tuple(Arm(Named(f"a{i}"), "d", None) for i in range(10))
    tasks = tuple((f"t{i}", "d") for i in range(100))
    sweep = SweepSpec(arms, tasks, tuple(range(1000)), "mini", (Limits(),))
    assert len(sweep) == 1_000_000
    first = list(itertools.islice(sweep.trials(), 1000))
    assert {s.seed for s in first} == {0}, "every cell of one seed comes before the next seed"
    assert len({s.key for s in first}) == 1000
