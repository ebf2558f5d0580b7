"""Parts of pages that are kept: drawn once for equal values, and never shown in another language."""

import pytest
from flask import Flask
from flask_babel import force_locale
from flask_wtf.csrf import generate_csrf
from jinja2 import DictLoader

from core import parts
from tests.conftest import ROOT

PART = """{%- macro part(word, count) -%}
<p>{{ word }} {{ drawn(count) }} {{ _("Help") }}</p>{%- endmacro -%}"""
FORM = """{%- macro form(word) -%}
{{ drawn(word) }} {{ url_for("static", filename=word) }} {{ TOKEN }} {{ HERE }}{%- endmacro -%}"""
FILLED = """{%- from "form.html" import form -%}{{ (form|kept("a.css"))|filled }}"""
PAGE = """{%- from "part.html" import part -%}{% for line in part|each_kept(lines) %}{{ line }}{% endfor %}"""


@pytest.fixture
def seen() -> list[object]:
    """What was really drawn."""
    return []


@pytest.fixture
def app(seen: list[object]) -> Flask:
    from core import i18n

    app = Flask("parts", root_path=str(ROOT))
    app.secret_key = "of this test"
    app.jinja_environment = parts.PageEnvironment
    files = {"part.html": PART, "page.html": PAGE, "form.html": FORM, "filled.html": FILLED}
    app.jinja_env.loader = DictLoader(files)
    i18n.init_app(app)
    parts.init_app(app)
    app.jinja_env.globals["drawn"] = lambda value: seen.append(value) or value
    return app


def test_a_part_is_drawn_once_for_equal_values_and_anew_for_another_language(app, seen) -> None:
    with app.test_request_context():
        page = app.jinja_env.get_template("page.html")
        with force_locale("en"):
            first = page.render(lines=[("<b>", 1), ("<b>", 1), ("a", 2)])
            again = page.render(lines=[("a", 2), ("<b>", 1)])
        with force_locale("nl"):
            other = page.render(lines=[("a", 2)])
    assert first == "<p>&lt;b&gt; 1 Help</p><p>&lt;b&gt; 1 Help</p><p>a 2 Help</p>"
    assert again == "<p>a 2 Help</p><p>&lt;b&gt; 1 Help</p>"
    assert seen == [1, 2, 2]
    assert other == "<p>a 2 Hulp</p>"


def fill(app: Flask, path: str, **options: object) -> tuple[list[str], str]:
    """The words of the part as one visitor gets it, and the token that is theirs."""
    with app.test_request_context(path, **options):
        return app.jinja_env.get_template("filled.html").render().split(" "), generate_csrf()


def test_each_visitor_finds_their_own_token_and_address_in_a_part_that_was_drawn_once(app, seen) -> None:
    first, own = fill(app, "/cases?page=2")
    second, other = fill(app, "/day")
    sent, third = fill(app, "/act", method="POST", headers={"Referer": '/x"><b>'})
    assert seen == ["a.css"]
    assert len({own, other, third}) == 3
    assert first[2:] == [own, "/cases?page=2"]
    assert second[2:] == [other, "/day?"]
    assert sent[2:] == [third, "/x&#34;&gt;&lt;b&gt;"]


def test_a_part_is_drawn_anew_where_the_product_stands_under_another_path(app, seen) -> None:
    roots = ["http://localhost/one", "http://localhost/two", "http://localhost/one"]
    links = [fill(app, "/", base_url=root)[0][1] for root in roots]
    assert links == ["/one/static/a.css", "/two/static/a.css", "/one/static/a.css"]
    assert seen == ["a.css", "a.css"]
