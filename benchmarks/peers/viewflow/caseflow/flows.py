"""`benchmarks/case.bpmn` as a flow of viewflow: five steps for people, one choice, two ends."""

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView

from caseflow.models import CaseProcess

FORM = UpdateProcessView.as_view(fields=["note", "decision"])


class CaseFlow(flow.Flow):
    """Each step has a permission, as each step of the product has."""

    process_class = CaseProcess

    start = flow.Start(CreateProcessView.as_view(fields=[])).Permission(auto_create=True).Next(this.triage)
    triage = flow.View(FORM).Permission(auto_create=True).Next(this.choose)
    choose = (
        flow.If(lambda activation: activation.process.decision == "intake")
        .Then(this.intake)
        .Else(this.end_rejected)
    )
    intake = flow.View(FORM).Permission(auto_create=True).Next(this.refer)
    refer = flow.View(FORM).Permission(auto_create=True).Next(this.accept)
    accept = flow.View(FORM).Permission(auto_create=True).Next(this.followup)
    followup = flow.View(FORM).Permission(auto_create=True).Next(this.end)
    end = flow.End()
    end_rejected = flow.End()
