"""Impulse projects: from a need to an evaluated project."""
