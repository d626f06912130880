"""Where the trials of a sweep can run, asked before the first of them."""

from __future__ import annotations

from collections.abc import Callable

from cluster.connect import check_feasible, nodes
from mldevbench import plan
from mldevbench.catalog import Catalog
from mldevbench.outcome import UserError
from mldevbench.plan import SweepOptions
from mldevbench.sandbox.kinds import tier_named
from mldevbench.spec import Resources, SweepSpec

Say = Callable[[str], None]
"""How a line is said before the first trial."""


Shapes = dict[tuple[str, str], Resources]
"""Task and agent -> what a trial of them asks of its node."""


def place(options: SweepOptions, sweep: SweepSpec, catalog: Catalog, say: Say) -> tuple[SweepSpec, Shapes]:
    """The shape of each task and agent on this cluster. Raises UserError when one fits nowhere and nothing else was asked for,
    or cannot be solved in the tier that was asked for.
    """
    needy = sorted(task for task, _ in sweep.tasks if catalog.task(task).profile(sweep.profile).proc)
    if needy and options.isolation and not tier_named(options.isolation).shows_proc:
        mend = "leave them out, or use another --isolation"
        raise UserError(f"tasks {', '.join(needy)} need /proc, which isolation {options.isolation} does not show; {mend}")
    shapes = plan.shapes(sweep, catalog)
    have = nodes()
    homeless = {task for (task, _), s in shapes.items() if s.gpus + s.lent and not any(n.holds(s) for n in have)}
    if options.wait_for_nodes:
        homeless = set()
    if homeless and options.on_missing_gpu == "cpu":
        shapes |= {key: Resources(s.cpus, memory=s.memory) for key, s in shapes.items() if key[0] in homeless}
        say(f"no node has the GPU asked for: {', '.join(sorted(homeless))} run on the CPU")
    elif homeless and options.on_missing_gpu == "skip":
        kept = tuple((t, d) for t, d in sweep.tasks if t not in homeless)
        if not kept:
            raise UserError("--on-missing-gpu skip leaves no task; choose others or use a cluster with GPUs")
        say(f"no node has the GPU asked for: {', '.join(sorted(homeless))} left out")
        sweep = SweepSpec(sweep.arms, kept, sweep.seeds, sweep.profile, sweep.limits)
        shapes = {key: s for key, s in shapes.items() if key[0] not in homeless}
    if options.wait_for_nodes:
        for task, shape in sorted({(key[0], str(s)) for key, s in shapes.items() if not any(n.holds(s) for n in have)}):
            say(f"task {task} waits for a node that holds {shape}")
    else:
        check_feasible(shapes, have)
    return sweep, shapes
