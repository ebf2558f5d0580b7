"""The macros that every page is made of: labels, hints, errors and their links, whatever the form."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, flash
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Optional

from core import i18n, text
from core.showcase import ShowcaseForm

ROOT = Path(__file__).parents[2]
COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))


class Line(Form):
    amount = IntegerField("Amount", validators=[InputRequired("Fill in an amount.")])


class Nested(Form):
    lines = FieldList(FormField(Line), min_entries=1)
    secret = HiddenField("Secret", validators=[InputRequired("This page was open too long.")])
    nickname = StringField("Nickname", validators=[Optional()], description="As friends say it.")


@pytest.fixture
def plain() -> Iterator[Flask]:
    """The templates in a bare application, in English, with the blank-space rules of the real one."""
    app = Flask("components", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(SECRET_KEY="components", BABEL_DEFAULT_LOCALE="en")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["clean"] = text.clean
    i18n.init_app(app)
    with app.test_request_context(query_string={"lang": "en"}):
        yield app


def draw(app: Flask, component: str, call: str, **context: object) -> str:
    name = call.split("(")[0]
    source = f'{{% from "components/{component}.html" import {name} %}}{{{{ {call} }}}}'
    return app.jinja_env.from_string(source).render(**context)


def answered(**answers: str) -> ShowcaseForm:
    form = ShowcaseForm(MultiDict({"visit_on": "03/11/2025", "knows": "yes", "service": "debt"} | answers))
    form.validate()
    return form


def test_a_label_points_at_its_control(plain: Flask) -> None:
    html = draw(plain, "field", "field(form.request)", form=ShowcaseForm())
    assert 'for="request"' in html
    assert 'id="request"' in html


def test_hint_and_error_are_read_with_the_control(plain: Flask) -> None:
    html = draw(plain, "field", "field(form.visit_on)", form=answered())
    assert 'aria-describedby="visit_on-hint visit_on-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="visit_on-hint"' in html
    assert "Choose a date in the future." in html


def test_a_date_is_one_text_field_in_the_order_of_the_country(plain: Flask) -> None:
    html = draw(plain, "field", "field(form.visit_on)", form=answered())
    assert 'type="text"' in html
    assert 'inputmode="numeric"' in html
    assert 'value="03/11/2025"' in html


def test_only_an_optional_field_says_so(plain: Flask) -> None:
    form = ShowcaseForm()
    assert "(optional)" in draw(plain, "field", "field(form.note)", form=form)
    assert "(optional)" not in draw(plain, "field", "field(form.request)", form=form)
    assert "(optional)" in draw(plain, "field", "field(form.request, optional=true)", form=form)


def test_what_is_typed_about_a_citizen_is_not_kept_by_the_browser(plain: Flask) -> None:
    form = ShowcaseForm()
    assert 'autocomplete="off"' in draw(plain, "field", "field(form.request)", form=form)
    assert 'autocomplete="tel"' in draw(plain, "field", 'field(form.request, autocomplete="tel")', form=form)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("note", "<textarea"),
        ("service", "<select"),
        ("knows", 'type="radio"'),
        ("items", 'type="checkbox"'),
        ("agrees", 'type="checkbox"'),
        ("rooms", 'inputmode="numeric"'),
        ("attachment", 'type="file"'),
        ("email", 'type="email"'),
    ],
)
def test_every_kind_of_field_is_drawn(plain: Flask, name: str, expected: str) -> None:
    assert expected in draw(plain, "field", "field(f)", f=ShowcaseForm()[name])


def test_a_group_of_choices_has_a_legend_and_takes_its_error(plain: Flask) -> None:
    html = draw(plain, "field", 'field(form["items"])', form=answered())
    assert re.search(r"<legend>\s*Pass on", html)
    assert "Choose at least one." in html
    assert 'aria-describedby="items-error"' in html


def test_other_attributes_reach_the_control(plain: Flask) -> None:
    html = draw(plain, "field", 'field(form.note, rows=3, data_testid="note")', form=ShowcaseForm())
    assert 'rows="3"' in html
    assert 'data-testid="note"' in html


def test_hidden_fields_are_drawn_together(plain: Flask) -> None:
    html = draw(plain, "field", "hidden(form)", form=Nested())
    assert re.findall(r'name="(\w+)"', html) == ["secret"]


def test_the_summary_counts_and_links_to_every_field(plain: Flask) -> None:
    html = draw(plain, "errors", "errors(form)", form=answered())
    assert "Check these 2 answers" in html
    assert 'href="#visit_on"' in html
    assert 'href="#items-0"' in html
    assert 'data-testid="error-summary"' in html


def test_the_summary_finds_nested_and_hidden_errors(plain: Flask) -> None:
    form = Nested(MultiDict({"lines-0-amount": ""}))
    form.validate()
    html = draw(plain, "errors", "errors(form)", form=form)
    assert 'href="#lines-0-amount"' in html
    assert "<li>This page was open too long.</li>" in html


def test_a_refusal_without_a_field_stands_in_the_summary(plain: Flask) -> None:
    form = Nested()
    form.form_errors.append("This case is closed.")
    html = draw(plain, "errors", "errors(form)", form=form)
    assert "This was not saved" in html
    assert "<li>This case is closed.</li>" in html


def test_a_form_without_errors_has_no_summary(plain: Flask) -> None:
    assert draw(plain, "errors", "errors(form)", form=Nested()).strip() == ""


def test_what_a_user_typed_is_never_markup(plain: Flask) -> None:
    form = ShowcaseForm(MultiDict({"request": "<script>alert(1)</script>", "note": "</textarea><b>"}))
    html = draw(plain, "field", "field(a)", a=form.request) + draw(plain, "field", "field(a)", a=form.note)
    assert "<script>" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(("age", "words"), [(0, "today"), (1, "1 working day"), (4, "4 working days")])
def test_a_turn_shows_its_age_in_working_days(plain: Flask, age: int, words: str) -> None:
    html = draw(plain, "turn", 'turn("partner", "CM", age)', age=age)
    assert 'data-testid="turn-holder"' in html
    assert 'data-state="partner"' in html
    assert f">{words}<" in html
    assert "CM" in html


def test_a_late_turn_says_so_in_words(plain: Flask) -> None:
    assert "too late" in draw(plain, "turn", 'turn("partner", "CM", 7, late=true)')


def test_a_clock_that_ran_out_is_full(plain: Flask) -> None:
    assert 'stroke-dasharray="100 100"' in draw(plain, "clock", 'clock("late", "2 days late", 10)')


def test_an_unknown_icon_does_not_break_a_page(plain: Flask) -> None:
    assert "<svg" in draw(plain, "icon", 'icon("nothing")')


@pytest.mark.parametrize(
    ("category", "tone"), [("message", "ok"), ("warning", "warn"), ("error", "danger"), ("info", "info")]
)
def test_a_message_after_an_action_has_its_tone(plain: Flask, category: str, tone: str) -> None:
    flash("Sent. CM got a mail.", category)
    html = draw(plain, "flashes", "flashes()")
    assert 'data-testid="flash"' in html
    assert f'data-state="{tone}"' in html
    assert "<strong>Sent.</strong> CM got a mail." in html


def test_a_message_with_a_name_in_it_is_escaped(plain: Flask) -> None:
    flash("Saved. <b>Lena</b> is informed.")
    assert "<b>Lena" not in draw(plain, "flashes", "flashes()")


def test_a_blocked_button_can_be_reached_and_says_why(plain: Flask) -> None:
    html = draw(plain, "submit", 'submit("Publish", blocked="First solve 1 error.")')
    assert 'aria-disabled="true"' in html
    assert " disabled" not in html
    assert 'type="button"' in html
    assert "First solve 1 error." in html


def test_a_timeline_takes_records_and_shows_the_moment(plain: Flask) -> None:
    item = SimpleNamespace(
        when="today", at=None, title="Referred", text="", who="", url="", link="", state="share"
    )
    html = draw(plain, "timeline", "timeline([item])", item=item)
    assert 'data-testid="case-timeline"' in html
    assert 'data-state="share"' in html


def test_paging_without_other_pages_is_silent(plain: Flask) -> None:
    assert draw(plain, "pager", "pager()").strip() == ""
    assert 'href="?after=x"' in draw(plain, "pager", 'pager(next="?after=x")')


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_no_component_carries_inline_style_or_script(path: Path) -> None:
    assert not re.search(r"<script|\sstyle=|\son[a-z]+=", path.read_text())


def test_a_refused_form_gives_back_what_was_typed_but_no_secrets(plain: Flask) -> None:
    sent = MultiDict(
        {"note": "<b>No heating</b>", "csrf_token": "old", "new_password": "secret", "place": ""}
    )
    plain.jinja_env.globals["csrf_token"] = lambda: "new"
    shown = draw(plain, "typed", "typed(form)", form=sent)
    again = draw(plain, "typed", "resend(form)", form=sent)
    for html in (shown, again):
        assert "&lt;b&gt;No heating&lt;/b&gt;" in html
        assert "secret" not in html
        assert "old" not in html
