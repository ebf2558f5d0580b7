"""Documents of a file, and its plan as PDF."""

import io

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from core import audit, files
from core.access import Actor, requires
from core.acting import act, carry_out
from core.i18n import _
from core.models.files import StoredFile
from intake import cases, documents, plan_letters, policy
from intake.forms.cases import ActForm
from intake.forms.documents import DocumentForm
from intake.models.cases import Case
from intake.views import bp
from intake.views.texts import case_file


def can_see_document(actor: Actor, document: StoredFile) -> bool:
    """Whoever may see the file it belongs to."""
    case = documents.case_of(document)
    return case is not None and policy.can_see_case(actor, case)


@bp.route("/cases/<uuid:case_id>/documents", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def list_documents(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = DocumentForm()
    here = url_for("intake.list_documents", case_id=case.id)
    if form.validate_on_submit():

        def do() -> str:
            documents.add_document(case, form.file.data, by=by)
            return here

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("The document is kept."), "ok")
            return redirect(to)
    audit.read(case, by=by)
    file = case_file(case, by, current="list_documents")
    listed = [(document, files.name_of(document)) for document in documents.of_case(case)]
    page = render_template("intake/list_documents.html", case=case, file=file, documents=listed, form=form)
    return page, 422 if form.errors else 200


@bp.route("/documents/<uuid:document_id>")
@requires(can_see_document, documents.get)
def download_document(document: StoredFile, *, by: Actor) -> ResponseReturnValue:
    """The bytes, as an attachment; the look is noted."""
    data = io.BytesIO(files.read(document, by=by))
    answer = send_file(
        data, document.media_type, as_attachment=True, download_name=files.name_of(document), max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.route("/documents/<uuid:document_id>/remove", methods=["POST"])
@requires(can_see_document, documents.get)
def remove_document(document: StoredFile, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        case = documents.case_of(document)
        assert case is not None  # noqa: S101 - the rule of the page asked for it
        documents.remove_document(case, document, by=by)
        return url_for("intake.list_documents", case_id=case.id)

    return act(ActForm(), do, by=by, said=_("The document is removed."))


@bp.route("/cases/<uuid:case_id>/plan.pdf")
@requires(policy.can_see_case, cases.get)
def print_plan(case: Case, *, by: Actor) -> ResponseReturnValue:
    made = plan_letters.plan(case, by=by)
    audit.read(case, by=by, action="case.printed")
    disposition = {"Content-Disposition": f'inline; filename="{case.number}.pdf"'}
    return Response(made, mimetype="application/pdf", headers=disposition)
