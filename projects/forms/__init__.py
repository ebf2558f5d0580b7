"""Shapes of input for projects; choices are handed in, so that a form runs no query."""
