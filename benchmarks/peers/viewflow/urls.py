"""The pages of the measured site."""

from caseflow.flows import CaseFlow
from django.urls import path
from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset

site = Site(title="Case", viewsets=[FlowAppViewset(CaseFlow, icon="assignment")])
urlpatterns = [path("accounts/", AuthViewset().urls), path("", site.urls)]
