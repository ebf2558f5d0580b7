"""Messages of operations are compared in English, the language of the code."""

from collections.abc import Iterator

import pytest
from flask_babel import force_locale


@pytest.fixture(autouse=True)
def in_english(request: pytest.FixtureRequest) -> Iterator[None]:
    """Outside requests; pages keep the language of their reader."""
    if "session" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("session")
    with force_locale("en"):
        yield
