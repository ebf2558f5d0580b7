"""Sealing of personal data: class A by field, class C by file, and hashes to look values up (ADR 0005).

A sealed value is `key id, 0x00, nonce of 12 bytes, AES-256-GCM text`. Its place (`table.column.id`) is
bound into it, so that a value moved to another row or column does not open.
"""

import base64
import hashlib
import hmac
import os
import uuid
from typing import Any, ClassVar, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app, g
from itsdangerous import URLSafeTimedSerializer

from core import keys
from core.clock import now
from core.db import session, uuid7
from core.errors import NotFound
from core.keys import SIZE, Keys
from core.models.accounts import Tenant
from core.models.records import ContentKey

NONCE = 12


class CannotOpen(Exception):
    """A sealed value was changed, moved, or its key is not in the key file. The message holds no content."""


def current_keys() -> Keys:
    """The keys of this process."""
    found: Keys = current_app.extensions["keys"]
    return found


def _root(purpose: str, key_id: str) -> bytes:
    """The key that a value was sealed with; one made by a rotation elsewhere is read from the key file."""
    if key_id not in current_keys().roots:
        current_app.extensions["keys"] = keys.load(current_app.extensions["settings"])
    if key_id not in current_keys().roots:
        raise CannotOpen("the key of this value is not in the key file")
    return current_keys().derived(purpose, key_id)


# ---------------------------------------------------------------- sealing with a given key
def _seal(key: bytes, key_id: str, place: str, clear: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return key_id.encode() + b"\0" + nonce + AESGCM(key).encrypt(nonce, clear, place.encode())


def _parts(sealed: bytes) -> tuple[str, bytes, bytes]:
    key_id, mark, rest = sealed.partition(b"\0")
    if not mark or len(rest) <= NONCE:
        raise CannotOpen("not a sealed value")
    return key_id.decode(errors="replace"), rest[:NONCE], rest[NONCE:]


def _open(key: bytes, place: str, nonce: bytes, text: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, text, place.encode())
    except InvalidTag:
        raise CannotOpen(f"the value of {place.rsplit('.', 1)[0]} was changed or moved") from None


# ---------------------------------------------------------------- class A: by field
def seal(place: str, clear: bytes) -> bytes:
    """Seal with the current root key. `place` is `table.column.id`."""
    found = current_keys()
    return _seal(found.derived("field"), found.current, place, clear)


def unseal(place: str, sealed: bytes) -> bytes:
    """Open what `seal` closed for the same place. Raises CannotOpen."""
    key_id, nonce, text = _parts(bytes(sealed))
    return _open(_root("field", key_id), place, nonce, text)


def key_id_of(sealed: bytes) -> str:
    """The id of the root key that a class A value was sealed with."""
    return _parts(bytes(sealed))[0]


class Encrypted:
    """An attribute of class A: text in Python, sealed in the column it names.

    `ssin_sealed: Mapped[bytes | None]` with `ssin = Encrypted("ssin_sealed")`. The row's id is bound in,
    so it is given here when the record is new; give an id of your own before the attribute.
    """

    registered: ClassVar[list[tuple[type[Any], str]]] = []

    def __init__(self, column: str) -> None:
        self.column = column

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.registered.append((owner, name))

    def place(self, record: Any) -> str:
        return f"{record.__tablename__}.{self.column}.{record.id}"

    @overload
    def __get__(self, record: None, owner: type[Any]) -> "Encrypted": ...
    @overload
    def __get__(self, record: object, owner: type[Any]) -> str | None: ...
    def __get__(self, record: Any, owner: type[Any]) -> Any:
        if record is None:
            return self
        sealed = getattr(record, self.column)
        return None if sealed is None else unseal(self.place(record), sealed).decode()

    def __set__(self, record: Any, value: str | None) -> None:
        if record.id is None:
            record.id = uuid7()
        setattr(record, self.column, None if value is None else seal(self.place(record), value.encode()))

    def reseal(self, record: Any) -> bool:
        """Seal with the current key what an older one sealed; whether there was something to do."""
        sealed = getattr(record, self.column)
        if sealed is None or key_id_of(sealed) == current_keys().current:
            return False
        setattr(record, self.column, seal(self.place(record), unseal(self.place(record), sealed)))
        return True


class EncryptedBytes(Encrypted):
    """The same for bytes, such as a file."""

    def __get__(self, record: Any, owner: type[Any]) -> Any:  # type: ignore[override]
        if record is None:
            return self
        sealed = getattr(record, self.column)
        return None if sealed is None else unseal(self.place(record), sealed)

    def __set__(self, record: Any, value: bytes | None) -> None:  # type: ignore[override]
        setattr(record, self.column, None if value is None else seal(self.place(record), value))


def signer(purpose: str) -> URLSafeTimedSerializer:
    """Signs what a visitor brings back, with its moment; worth nothing for another purpose."""
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=purpose)


def lookup_hash(tenant_id: uuid.UUID, value: str) -> str:
    """What to search an encrypted value by: 64 hex digits, other for every tenant and installation."""
    key = current_keys().lookup_key(str(tenant_id))
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


# ---------------------------------------------------------------- class C: by file
def new_content_key(owner_id: uuid.UUID, tenant_id: uuid.UUID) -> None:
    """Give a file (case, application) its own key; call it when the file is made."""
    wrapped = _wrap(tenant_key(tenant_id), "content_key", owner_id, os.urandom(SIZE))
    session.add(ContentKey(owner_id=owner_id, tenant_id=tenant_id, wrapped=wrapped, created_at=now()))


def seal_with(owner_id: uuid.UUID, place: str, clear: str | bytes) -> bytes:
    """Seal with the key of a file. `place` is `table.column.id`. Raises NotFound when the key is gone."""
    data = clear.encode() if isinstance(clear, str) else clear
    return _seal(_content_key(owner_id), "c", place, data)


def open_with(owner_id: uuid.UUID, place: str, sealed: bytes) -> bytes:
    """Open what `seal_with` closed. Raises CannotOpen, and NotFound once the key was destroyed."""
    _, nonce, text = _parts(bytes(sealed))
    return _open(_content_key(owner_id), place, nonce, text)


class Sealed:
    """An attribute of class C: text in Python, sealed with the key of the file that `owner` names.

    `text_sealed: Mapped[bytes | None]` with `text = Sealed("text_sealed", owner="case_id")`; the owner's id
    and the key must be there before the attribute is set.
    """

    def __init__(self, column: str, *, owner: str) -> None:
        self.column, self.owner = column, owner

    def place(self, record: Any) -> str:
        return f"{record.__tablename__}.{self.column}.{record.id}"

    @overload
    def __get__(self, record: None, owner: type[Any]) -> "Sealed": ...
    @overload
    def __get__(self, record: object, owner: type[Any]) -> str | None: ...
    def __get__(self, record: Any, owner: type[Any]) -> Any:
        if record is None:
            return self
        sealed = getattr(record, self.column)
        if sealed is None:
            return None
        return open_with(getattr(record, self.owner), self.place(record), sealed).decode()

    def __set__(self, record: Any, value: str | None) -> None:
        if record.id is None:
            record.id = uuid7()
        owner_id = getattr(record, self.owner)
        sealed = None if value is None else seal_with(owner_id, self.place(record), value)
        setattr(record, self.column, sealed)


def destroy_content_key(owner_id: uuid.UUID) -> None:
    """Make everything of class C in this file unreadable for good; only a backup from before has the key."""
    found = session.get(ContentKey, owner_id)
    if found is not None:
        found.wrapped, found.destroyed_at = None, now()
        session.flush()


def hold(key: ContentKey) -> None:
    """Keep at hand for this request a key that was read with its file: sessions forget what nobody holds."""
    g.setdefault("content_keys", {})[key.owner_id] = key


def hold_tenant_key(tenant_id: uuid.UUID, wrapped: str | None) -> None:
    """Keep at hand for this request the key of a tenant, as it was read with whoever makes the request."""
    if wrapped is not None:
        g.setdefault("tenant_keys", {})[tenant_id] = wrapped


def _content_key(owner_id: uuid.UUID) -> bytes:
    found = session.get(ContentKey, owner_id)
    if found is None or found.wrapped is None:
        raise NotFound(f"no content key for {owner_id}")
    return _unwrap(tenant_key(found.tenant_id), "content_key", owner_id, found.wrapped)


def tenant_key(tenant_id: uuid.UUID) -> bytes:
    """The key that wraps the keys of a tenant's files; made when it is first needed."""
    wrapped = g.get("tenant_keys", {}).get(tenant_id)
    if wrapped is not None:
        return unwrap_for_tenant(tenant_id, wrapped)
    tenant = session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound(f"no tenant {tenant_id}")
    if tenant.wrapped_key is None:
        # Two first files of one tenant may come together: the row lock lets one of them make the key.
        tenant = session.get_one(Tenant, tenant_id, with_for_update=True, populate_existing=True)
    if tenant.wrapped_key is None:
        tenant.wrapped_key = wrap_for_tenant(tenant_id, os.urandom(SIZE))
        session.flush()
    return unwrap_for_tenant(tenant_id, tenant.wrapped_key)


def wrap_for_tenant(tenant_id: uuid.UUID, key: bytes) -> str:
    found = current_keys()
    sealed = _seal(found.derived("wrap"), found.current, f"tenant.wrapped_key.{tenant_id}", key)
    return base64.b64encode(sealed).decode()


def unwrap_for_tenant(tenant_id: uuid.UUID, wrapped: str) -> bytes:
    key_id, nonce, text = _parts(base64.b64decode(wrapped))
    return _open(_root("wrap", key_id), f"tenant.wrapped_key.{tenant_id}", nonce, text)


def _wrap(key: bytes, table: str, owner_id: uuid.UUID, clear: bytes) -> str:
    return base64.b64encode(_seal(key, "t", f"{table}.wrapped.{owner_id}", clear)).decode()


def _unwrap(key: bytes, table: str, owner_id: uuid.UUID, wrapped: str) -> bytes:
    _, nonce, text = _parts(base64.b64decode(wrapped))
    return _open(key, f"{table}.wrapped.{owner_id}", nonce, text)


def init_app(app: Flask) -> None:
    app.extensions["keys"] = keys.load(app.extensions["settings"])
