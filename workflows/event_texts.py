"""The steps of an instance's history in words; codes in the table stay as they are."""

from core.i18n import _l

TEXTS = {
    "element.cancelled": _l("Step cancelled"),
    "element.completed": _l("Step done"),
    "element.fired": _l("Event came"),
    "element.sent": _l("Message sent"),
    "process.assigned": _l("Given to somebody"),
    "process.cancelled": _l("Process cancelled"),
    "process.completed": _l("Process done"),
    "process.incident": _l("Something went wrong"),
    "process.message": _l("Message came in"),
    "process.migrated": _l("Moved to another version"),
    "process.moved_back": _l("Moved back a version"),
    "process.recused": _l("Somebody withdrew"),
    "process.restricted": _l("Made visible to fewer people"),
    "process.resumed": _l("Process resumed"),
    "process.started": _l("Process started"),
    "process.suspended": _l("Process suspended"),
    "task.cancelled": _l("Task cancelled"),
    "task.completed": _l("Task done"),
    "task.opened": _l("Task opened"),
}


def text(kind: str) -> str:
    """What happened, in the reader's language; the code itself when it has no text yet."""
    return str(TEXTS.get(kind, kind))
