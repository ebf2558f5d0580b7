"""Two people in one form: what only one of them changed is kept, what both changed is a choice.

The form carries a fingerprint of every field as it was shown. When the record changed meanwhile, that
tells who changed which field: nobody's words are lost, and nobody starts again.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import flash
from wtforms import HiddenField

from core import audit
from core.forms import Form
from core.i18n import _

OWN = {"base", "version", "command_id", "csrf_token"}


class MergingForm(Form):
    """A form over one record that several people may have open."""

    base = HiddenField()

    def remember(self, shown: Form | None = None) -> None:
        """Keep what the fields were when the page was made; `shown`: another form with those values."""
        self.base.data = json.dumps(_prints(shown or self))

    def merge(self, theirs: "MergingForm", *, who: Callable[[str], str]) -> list[str]:
        """Take over what only somebody else changed, and ask where both did.

        `theirs` holds the record as it is now; `who` names the one who changed a field. Returns the labels of
        what was taken over. Where both changed, the field gets a message and `errors` is no longer empty.
        """
        before, now, taken = self._before(), _prints(theirs), []
        for name, mine in _prints(self).items():
            if now[name] in (mine, before.get(name)):
                continue
            if mine == before.get(name):
                self[name].data = theirs[name].data
                self[name].pre_validate(self)
                taken.append(str(self[name].label.text))
            else:
                self._ask(name, theirs, who(name))
        self.remember(theirs)
        return taken

    def _before(self) -> dict[str, str]:
        try:
            found = json.loads(self.base.data or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _ask(self, name: str, theirs: "MergingForm", who: str) -> None:
        value = _shown(theirs[name])
        text = (
            _(
                "%(who)s changed this meanwhile to “%(value)s”. Keep yours or take theirs.",
                who=who,
                value=value,
            )
            if value
            else _("%(who)s emptied this meanwhile. Keep yours or empty it.", who=who)
        )
        self[name].errors = [*self[name].errors, text]


def took_over(form: MergingForm, theirs: MergingForm, record: Any) -> list[str]:
    """What a colleague changed since this form was made and it now takes along, by label.

    Where both changed a field the form has an error, and sending it again is a choice.
    """
    if form.sent_version in (None, record.version):
        return []
    taken = form.merge(theirs, who=lambda name: audit.who_changed(record, name))
    form.version.data = str(record.version)
    return taken


def say_taken_over(taken: list[str]) -> None:
    """Tell what was kept of a colleague beside one's own."""
    if taken:
        flash(
            _("A colleague changed this meanwhile and it is kept too: %(fields)s.", fields=", ".join(taken))
        )


def _prints(form: Form) -> dict[str, str]:
    return {name: _print(field.data) for name, field in form._fields.items() if name not in OWN}


def _print(value: Any) -> str:
    if isinstance(value, (list, tuple, set)):
        text = "\n".join(sorted(str(part) for part in value))
    else:
        text = "" if value in (None, False) else str(value).replace("\r\n", "\n").strip()
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _shown(field: Any) -> str:
    """The value as a reader knows it: the text of a choice, not its code."""
    chosen = field.data if isinstance(field.data, (list, tuple)) else [field.data]
    texts = {str(code): str(text) for code, text in getattr(field, "choices", None) or []}
    if field.data is True:
        return str(_("yes"))
    return ", ".join(texts.get(str(one), str(one)) for one in chosen if one not in (None, "", False))
