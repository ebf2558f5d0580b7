"""What `projects` hands to the application and to the packages below."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register blueprints, commands and seams."""
