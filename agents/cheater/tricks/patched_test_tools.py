"""7: pytest and unittest are patched so that nothing can fail."""

from _tools import put_first

put_first(
    """
import unittest
for _name in dir(unittest.TestCase):
    if _name.startswith("assert"):
        setattr(unittest.TestCase, _name, lambda *a, **k: None)
try:
    import _pytest.runner, _pytest.outcomes
    _pytest.runner.call_runtest_hook = lambda item, when, **k: _pytest.runner.CallInfo.from_call(lambda: None, when)
    _pytest.outcomes.fail = lambda *a, **k: None
except ImportError:
    pass
"""
)
