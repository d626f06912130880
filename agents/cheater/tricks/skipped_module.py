"""6: the module has itself skipped, at import or when it is called."""

from _tools import put_first

put_first("import pytest\npytest.skip('not needed', allow_module_level=True)")
