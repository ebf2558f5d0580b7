"""Mail without personal data: that something waits, and where to read it. Real SMTP, or files in development.

A mail is an outbox message of kind `mail.send` with ids only: `template, user_id, path, values`. The
address and the language are looked up when it is sent.
"""

import smtplib
import ssl
import uuid
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template
from flask_babel import force_locale

from core import outbox
from core.clock import now
from core.config import Settings
from core.db import session
from core.models.accounts import User

TIMEOUT_SECONDS = 20


def put(
    template: str,
    user_id: uuid.UUID,
    *,
    path: str = "",
    values: dict[str, Any] | None = None,
    dedup: str | None = None,
    tenant_id: uuid.UUID | None = None,
) -> None:
    """Have a mail sent to a user after this transaction.

    `template` is the stem of `templates/email/<template>.txt`, whose block `subject` is the subject. `path`
    is the page to open, `values` are codes, counts and dates for the text: nothing of a citizen.
    """
    payload = {"template": template, "user_id": str(user_id), "path": path, "values": values or {}}
    outbox.put("mail.send", payload, dedup=dedup, tenant_id=tenant_id)


def path_to(endpoint: str, **values: Any) -> str:
    """The path of a page, also in the worker, which answers no request and so knows no address."""
    return current_app.url_map.bind("").build(endpoint, values)


def send_message(payload: dict[str, Any]) -> None:
    """The outbox's handler: look up the user, write in their language, hand it to the mail server."""
    user = session.get(User, uuid.UUID(payload["user_id"]))
    if user is None or user.blocked_at is not None:
        session.rollback()
        return
    email, locale = user.email, user.locale
    session.rollback()  # the mail server may be slow: hold no connection meanwhile
    message = compose(payload["template"], locale, path=payload["path"], values=payload["values"])
    message["To"] = email
    deliver(message)


def compose(template: str, locale: str, *, path: str, values: dict[str, Any]) -> EmailMessage:
    """The mail, without its receiver."""
    settings: Settings = current_app.extensions["settings"]
    with force_locale(locale):
        made = current_app.jinja_env.get_template(f"email/{template}.txt")
        context: dict[str, Any] = {**values, "link": settings.base_url.rstrip("/") + path if path else None}
        text = render_template(made, **context)
        view = made.new_context(context)
        subject = "".join(made.blocks["subject"](view)) if "subject" in made.blocks else "Draaischijf"
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = settings.mail_from
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=settings.mail_from.partition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message["Content-Language"] = locale  # after the content, which clears such headers
    return message


def deliver(message: EmailMessage) -> None:
    """Hand a mail to the server of `mail_url`; without one, put it in `var/mail` (development)."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.mail_url:
        _write(message, Path(settings.var) / "mail")
        return
    try:
        _send(message, settings.mail_url)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if all(500 <= code < 600 for code in codes):
            raise outbox.Permanent("the receiver does not exist") from None
        raise
    except smtplib.SMTPDataError as error:
        # The text of an answer may quote an address: keep the number. What else a server refuses (us, our
        # password, our sender) says nothing about this mail: it waits until somebody mends the settings.
        if 500 <= error.smtp_code < 600:
            raise outbox.Permanent(f"the mail server refused: {error.smtp_code}") from None
        raise


def _send(message: EmailMessage, address: str) -> None:
    """`smtp://user:password@host:port` (with STARTTLS where the server offers it) or `smtps://`."""
    parts = urlsplit(address)
    host, trusted = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=trusted
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        if parts.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=trusted)
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _write(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{now():%Y%m%dT%H%M%S%f}.eml").write_bytes(message.as_bytes())


def init_app() -> None:
    outbox.register("mail.send", send_message, external=True)
