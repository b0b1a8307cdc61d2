"""The past played through again with other rules: same tick, other clock, and tables of its own for what is decided."""
