"""Who works in the tests of the intake."""

import pytest

from tests.factories import intake as make


@pytest.fixture
def nele(client):
    """A worker who is signed in."""
    by = make.make_worker()
    client.sign_in(by.email)
    return by
