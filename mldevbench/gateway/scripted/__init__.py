"""Models without a network: they play a task's reference solution, right or wrong by a policy with a known probability."""
