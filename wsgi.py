"""The application: settings, database, packages and their seams. Importing this module does nothing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from flask import Flask

from core import config


@cache
def _keep_for_good() -> None:
    """At the first application alone: a second one in a process may come and go."""
    gc.freeze()


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Nothing that is imported is garbage: to look for it took half of the time of a short command."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        _keep_for_good()
        if was_on:
            gc.enable()


@_no_garbage()
def create_app(**overrides: Any) -> Flask:
    """Build the application. `overrides` are fields of `config.Settings`; upper-case ones go to Flask."""
    import core
    import core.api
    import core.cli
    import core.web
    import intake.wiring
    import projects.wiring
    import socialmap.wiring
    import workflows.wiring

    flask_options = {key: value for key, value in overrides.items() if key.isupper()}
    settings = config.load(**{key: value for key, value in overrides.items() if not key.isupper()})
    config.warn_of_slips(settings)
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config.update(flask_options)
    core.web.init_app(app, settings)
    for package in (socialmap, workflows, intake, projects):
        package.wiring.init_app(app)
    core.api.init_app(app)
    return app
