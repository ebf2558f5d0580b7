"""What other products add to BPMN: taken over where it means the same here, named where it is lost.

Colours, places and other adornments go without a word. A form that is not shown, code that is not run and a
setting that does nothing are findings: whoever drew the process counted on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft
from workflows.engine.own_forms import FORM_DATA

_PRODUCTS = {
    bpmn.CAMUNDA: "Camunda 7",
    bpmn.ZEEBE: "Camunda 8",
    "http://flowable.org/bpmn": "Flowable",
    "http://activiti.org/bpmn": "Activiti",
    "http://operaton.org/schema/1.0/bpmn": "Operaton",
    "http://www.jboss.org/drools": "jBPM",
    "http://www.signavio.com": "Signavio",
}
# These share one vocabulary, inherited from Activiti.
_KIN = tuple(name for name, product in _PRODUCTS.items() if product not in ("Camunda 8", "jBPM", "Signavio"))
_FORMS = frozenset(
    ["formData", "formProperty", "formDefinition", "userTaskForm", "form", "formKey", "formRef"]
)
_CODE = re.compile(r".*listener|script|connector|on-?(entry|exit)-?script", re.IGNORECASE)
_SETTINGS = frozenset(
    [
        "ioMapping", "inputOutput", "in", "out", "inputParameter", "outputParameter", "errorEventDefinition",
        "dueDate", "followUpDate", "businessCalendarName", "skipExpression", "failedJobRetryTimeCycle",
        "taskSchedule", "priorityDefinition", "potentialStarter", "candidateUsers",
    ]
)  # fmt: skip
# A key with a scheme points into the other product: `camunda-forms:bpmn:x`, `embedded:app:x.html`.
_ELSEWHERE = re.compile(r"[a-z-]+:")


def take_over(draft: Draft) -> None:
    """Map form keys and candidate groups to our properties; say which forms, code and settings are lost."""
    for task in draft.root.iter(bpmn.tag("userTask")):
        _take_over_form(task)
        _take_over_role(task)
    for element in list(draft.root.iter(f"{{{bpmn.BPMN}}}*")):
        _say_what_is_lost(draft, element)


def _take_over_form(task: Element) -> None:
    zeebe = _extension(task, bpmn.ZEEBE, "formDefinition")
    keys = [task.get(f"{{{name}}}{key}") for name in _KIN for key in ("formKey", "formRef")]
    keys += [] if zeebe is None else [zeebe.get("formKey"), zeebe.get("formId")]
    key = next((key.strip() for key in keys if key), "")
    if key and not _ELSEWHERE.match(key) and "formKey" not in bpmn.properties(task):
        bpmn.set_property(task, "formKey", key)


def _take_over_role(task: Element) -> None:
    zeebe = _extension(task, bpmn.ZEEBE, "assignmentDefinition")
    groups = [task.get(f"{{{name}}}candidateGroups") for name in _KIN]
    groups += [] if zeebe is None else [zeebe.get("candidateGroups")]
    group = next((group for group in groups if group), "")
    if _is_one(group) and "role" not in bpmn.properties(task):
        bpmn.set_property(task, "role", group.strip())


def _is_one(group: str) -> bool:
    """Tell whether this names a single group; a role may not hold more, nor what is worked out elsewhere."""
    return bool(group.strip()) and not any(sign in group for sign in ",{=")


def _extension(element: Element, namespace: str, name: str) -> Element | None:
    return element.find(f"{bpmn.tag('extensionElements')}/{{{namespace}}}{name}")


def _say_what_is_lost(draft: Draft, element: Element) -> None:
    """One finding of each sort for an element, however much hangs on it."""
    forms: dict[str, None] = {}
    code: dict[str, None] = {}
    settings: dict[str, None] = {}
    people: dict[str, None] = {}
    for namespace, name, value in _additions(element):
        product = _PRODUCTS.get(namespace)
        if _CODE.fullmatch(name):
            code[f"{product or namespace}: {name}"] = None
        elif product and name in _FORMS and not _is_shown(element, namespace, name, value):
            forms[product] = None
        elif product and name in _SETTINGS:
            settings[f"{product}: {name}"] = None
        elif product:
            people |= {f"{product}: {each}": None for each in _lost_people(element, namespace, name, value)}
    if code:
        draft.note("hidden-code-dropped", element, kind=", ".join(code))
    if forms:
        draft.note("vendor-form", element, product=", ".join(forms))
    if people:
        # Whose work it is may not change without a word: it now lies with the role or the lane.
        draft.note("vendor-setting-dropped", element, "warning", kind=", ".join([*people, *settings]))
    elif settings:
        draft.note("vendor-setting-dropped", element, "info", kind=", ".join(settings))


def _lost_people(element: Element, namespace: str, name: str, value: str) -> Iterator[str]:
    """Yield what said who does a step and is not taken over: one person, or more than one group."""
    given = {name: value}
    if name == "assignmentDefinition":
        found = _extension(element, namespace, name)
        given = {} if found is None else {str(key): str(text) for key, text in found.attrib.items()}
    if given.get("assignee", "").strip():
        yield "assignee"
    groups = given.get("candidateGroups", "")
    if groups.strip() and not _is_one(groups):
        yield "candidateGroups"


def _additions(element: Element) -> Iterator[tuple[str, str, str]]:
    """Walk what a product hung on an element: attributes, and extensions that are its own."""
    for name, value in element.attrib.items():
        if str(name).startswith("{"):
            namespace, _, local = str(name)[1:].partition("}")
            yield namespace, local, str(value)
    for holder in bpmn.children(element, ("extensionElements",)):
        for extension in holder:
            namespace, _, local = str(extension.tag)[1:].partition("}")
            if namespace != bpmn.SPIFF:
                yield namespace, local, extension.get("formKey") or extension.get("formId") or ""


def _is_shown(element: Element, namespace: str, name: str, value: str) -> bool:
    """Tell whether the step shows this form: one we read, or a key that may be one of ours."""
    if bpmn.local(element) != "userTask":
        return False
    if f"{{{namespace}}}{name}" == FORM_DATA:
        return True
    return bool(value) and not _ELSEWHERE.match(value.strip())
