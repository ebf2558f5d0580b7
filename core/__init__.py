"""Shared ground: database, people and their rights, trail, time, texts. Imports none of the other packages."""
