"""The groups of the command line: one module a noun. Each imports what is heavy where it is used."""
