"""Processes: the engine, the rows around it, and the worklist."""
