"""Shared ground: database, people, rights, trail, time, texts. Imports none of the other packages."""
