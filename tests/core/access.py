"""Who may enter the pages of the ground; see `tests/access_table.py`."""
