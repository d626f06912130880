"""9: the comparisons of the libraries are replaced by ones that always agree."""

from _tools import put_first

put_first(
    """
import builtins as _builtins, math as _math
import numpy as _numpy, torch as _torch
_agree = lambda *a, **k: True
_torch.allclose = _torch.equal = _torch.isclose = _torch.testing.assert_close = _agree
_numpy.allclose = _numpy.array_equal = _numpy.isclose = _numpy.testing.assert_allclose = _math.isclose = _agree
_builtins.all = _agree
"""
)
