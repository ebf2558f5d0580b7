"""The cookie of a session, signed as Flask does it, by a signer that is made once for each secret."""

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface


class Cookies(SecureCookieSessionInterface):
    """Flask makes the signer anew for every request, twice where the session changes."""

    _made: tuple[Any, Any] = ((), None)

    def get_signing_serializer(self, app: Flask) -> Any:
        secrets = (app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if self._made[0] != secrets:
            self._made = (secrets, super().get_signing_serializer(app))
        return self._made[1]
