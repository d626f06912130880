"""What runs beside agent code, in the task environment's interpreter: standard library and this folder only."""
