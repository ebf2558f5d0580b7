"""Tables of processes and tasks; importing this package registers them all."""

from workflows.models import definitions, incidents, instances, tasks, terms

__all__ = ["definitions", "incidents", "instances", "tasks", "terms"]
