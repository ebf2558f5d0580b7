"""Parts of pages that are kept: drawn once for equal values, and never shown in another language."""

from flask import Flask
from flask_babel import force_locale
from jinja2 import DictLoader

from core import parts
from tests.conftest import ROOT

PART = """{%- macro part(word, count) -%}
<p>{{ word }} {{ drawn(count) }} {{ _("Help") }}</p>{%- endmacro -%}"""
PAGE = """{%- from "part.html" import part -%}{% for line in part|each_kept(lines) %}{{ line }}{% endfor %}"""


def test_a_part_is_drawn_once_for_equal_values_and_anew_for_another_language() -> None:
    from core import i18n

    app = Flask("parts", root_path=str(ROOT))
    app.jinja_environment = parts.PageEnvironment
    app.jinja_env.loader = DictLoader({"part.html": PART, "page.html": PAGE})
    i18n.init_app(app)
    parts.init_app(app)
    seen: list[int] = []
    app.jinja_env.globals["drawn"] = lambda count: seen.append(count) or count
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
