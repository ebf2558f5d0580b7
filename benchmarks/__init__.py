"""Benchmarks: one module a family, each with `run(quick)`; `python3 dev.py bench [NAME]`."""
