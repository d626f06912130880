"""What runs beside agent code, in the task environment's interpreter: standard library only, and nothing from outside this folder."""
