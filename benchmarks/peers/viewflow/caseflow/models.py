"""The process record of the measured flow: what was written at each step, kept as JSON by viewflow."""

from viewflow import jsonstore
from viewflow.workflow.models import Process


class CaseProcess(Process):
    """A case: the note of the last step and the choice of the first."""

    note = jsonstore.TextField()
    decision = jsonstore.CharField(max_length=20)

    class Meta:
        proxy = True
