"""The sample map, imported once per database kind and run; each test sees it whole and leaves it whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import orm

from tests.conftest import Cli, Client, isolated
from tests.databases import Database, Databases, dispose, make_app


@pytest.fixture(scope="session")
def _map_app(database: Database, databases: Databases) -> Iterator[Flask]:
    copy = databases.social_map(database.kind).copy()
    app = make_app(copy.url, copy.folder, WTF_CSRF_ENABLED=False)
    yield app
    dispose(app)


@pytest.fixture
def map_app(_map_app: Flask) -> Iterator[Flask]:
    """The product with the sample map and the demo's people; what a test writes is rolled back."""
    with isolated(_map_app):
        yield _map_app


@pytest.fixture
def map_session(map_app: Flask) -> Iterator[orm.Session]:
    """`core.db.session` on the sample map."""
    from core.db import session

    with map_app.app_context():
        yield session


@pytest.fixture
def map_client(map_app: Flask, map_session: orm.Session) -> Client:
    """A browser without a screen on the sample map."""
    map_app.test_client_class = Client
    made = map_app.test_client()
    assert isinstance(made, Client)
    return made


@pytest.fixture
def map_cli(map_app: Flask) -> Cli:
    """`flask` commands on the sample map."""
    return Cli(map_app)


@pytest.fixture(scope="session")
def sample_folder(shared: Path) -> Path:
    """The sample with its questions and expected pairs, beside the checkout."""
    return shared / "data" / "socialmap-sample"
