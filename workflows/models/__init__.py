"""Tables of processes and tasks; importing this package registers them all."""

from workflows.models import decisions, definitions, incidents, instances, tasks, terms

__all__ = ["decisions", "definitions", "incidents", "instances", "tasks", "terms"]
