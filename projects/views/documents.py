"""Documents of applications and reports, and the dossier that is asked once."""

import io

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.acting import carry_out, perform
from core.db import session
from core.errors import DomainError
from core.fields import choices
from core.i18n import _
from projects import accounts, applications, attachments, dossiers, policy, reports
from projects.forms.acts import ActForm
from projects.forms.documents import AttachmentForm, DossierForm
from projects.models.applications import ApplicantDossier, Application, Attachment
from projects.models.reports import Report
from projects.views import bp
from projects.views.applications import get_application
from projects.views.reports import get_report
from projects.views.showing import organization_names
from socialmap import organizations


def get_attachment(attachment_id: object) -> Attachment | None:
    return session.get(Attachment, attachment_id)


def owner_of(attachment: Attachment) -> Application | Report | ApplicantDossier | None:
    key = attachment.subject_id
    if attachment.subject_type == Application.__tablename__:
        return session.get(Application, key)
    if attachment.subject_type == Report.__tablename__:
        return session.get(Report, key)
    return session.get(ApplicantDossier, key)


def can_see_attachment(actor: Actor, attachment: Attachment) -> bool:
    """Whoever may see the file it goes with; a dossier also the officers it was handed to."""
    owner = owner_of(attachment)
    if isinstance(owner, Application):
        return policy.can_see_application(actor, owner)
    if isinstance(owner, Report):
        return policy.can_see_report(actor, owner)
    return owner is not None and policy.can_see_dossier(actor, owner)


def can_change_attachment(actor: Actor, attachment: Attachment) -> bool:
    owner = owner_of(attachment)
    if isinstance(owner, Application):
        return policy.can_edit_application(actor, owner)
    if isinstance(owner, Report):
        return policy.can_write_report(actor, owner)
    return owner is not None and policy.is_applicant(actor) and owner.tenant_id == actor.tenant_id


def _back(owner: object) -> str:
    if isinstance(owner, Application):
        return url_for("projects.show_application", application_id=owner.id)
    if isinstance(owner, Report):
        return url_for("projects.show_report", report_id=owner.id)
    return url_for("projects.edit_dossier")


@bp.route("/applications/<uuid:application_id>/documents", methods=["GET", "POST"])
@requires(policy.can_edit_application, get_application)
def attach_document(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = AttachmentForm()
    names = organization_names({p.organization_id for p in application.partners})
    letters = {
        str(p.id): _("Letter of %(name)s", name=names.get(p.organization_id, ""))
        for p in application.partners
    }
    form.kind.choices = choices({"annex": _("Annex"), **letters})

    def keep() -> None:
        applications.require_open(application)
        partner = next((p for p in application.partners if str(p.id) == form.kind.data), None)
        if partner is not None:
            attachments.attach_letter(application, partner, form.file.data, by=by)
        else:
            attachments.attach(
                application,
                "annex",
                form.file.data,
                owner_id=application.id,
                tenant_id=application.tenant_id,
                by=by,
            )

    return perform(
        form,
        keep,
        by=by,
        title=_("Add a document"),
        done=_("The document is kept."),
        lead=_("PDF, JPEG, PNG, Word or Excel, up to 10 MB."),
        back=_back(application),
    )


@bp.route("/reports/<uuid:report_id>/documents", methods=["GET", "POST"])
@requires(policy.can_write_report, get_report)
def attach_proof(report: Report, *, by: Actor) -> ResponseReturnValue:
    form = AttachmentForm()
    lines = {f"cost-{line.position}": f"{line.document_number} {line.description}" for line in report.lines}
    form.kind.choices = choices({"annex": _("Annex"), **lines})

    def keep() -> None:
        if report.status not in reports.EDITABLE:
            raise DomainError(_("This report was submitted already."))
        project = report.project
        attachments.attach(
            report,
            form.kind.data or "annex",
            form.file.data,
            owner_id=project.application_id,
            tenant_id=project.applicant_tenant_id,
            by=by,
        )

    return perform(
        form,
        keep,
        by=by,
        title=_("Add a document"),
        done=_("The document is kept."),
        lead=_("An invoice or proof of payment for a cost, or an annex to the report."),
        back=_back(report),
    )


@bp.route("/attachments/<uuid:attachment_id>")
@requires(can_see_attachment, get_attachment)
def download_document(attachment: Attachment, *, by: Actor) -> ResponseReturnValue:
    data = attachments.read(attachment, by=by)
    return send_file(
        io.BytesIO(data), attachment.media_type, as_attachment=True, download_name=attachment.filename
    )


@bp.route("/attachments/<uuid:attachment_id>/remove", methods=["GET", "POST"])
@requires(can_change_attachment, get_attachment)
def remove_document(attachment: Attachment, *, by: Actor) -> ResponseReturnValue:
    owner = owner_of(attachment)

    def remove() -> None:
        if isinstance(owner, Application):
            applications.require_open(owner)
        elif isinstance(owner, Report) and owner.status not in reports.EDITABLE:
            raise DomainError(_("This report was submitted already."))
        attachments.remove(attachment, by=by)

    return perform(
        ActForm(),
        remove,
        by=by,
        title=_("Remove “%(name)s”", name=attachment.filename),
        kind="danger",
        done=_("Removed."),
        back=_back(owner),
    )


@bp.route("/my-organization", methods=["GET", "POST"])
@requires(policy.is_applicant)
def edit_dossier(*, by: Actor) -> ResponseReturnValue:
    """Asked once: every application of the organization reads it."""
    own = organizations.of_tenant(by.tenant_id) if by.tenant_id else []
    dossier = dossiers.find(by.tenant_id)
    form = DossierForm(data=_saved(dossier))
    form.organization.choices = choices([(str(o.id), o.name) for o in own])

    def save() -> str:
        chosen = next((o for o in own if str(o.id) == form.organization.data), None)
        if chosen is None:
            raise DomainError(_("Choose an organization."), field="organization")
        iban = accounts.clean_iban(form.iban.data) if form.iban.data else None
        kept = dossiers.save(
            chosen, signatories=form.people(), iban=iban, accounts_year=form.accounts_year.data, by=by
        )
        for kind in dossiers.DOCUMENTS:
            if form[kind].data:
                dossiers.keep_document(kept, kind, form[kind].data, by=by)
        return url_for("projects.edit_dossier")

    if form.validate_on_submit() and (to := carry_out(form, save, by=by)):
        flash(_("Saved. Every application of your organization uses it."), "ok")
        return redirect(to)
    return render_template(
        "projects/edit_dossier.html",
        form=form,
        dossier=dossier,
        documents=attachments.listed(dossier) if dossier else [],
    ), 422 if form.errors else 200


def _saved(dossier: ApplicantDossier | None) -> dict[str, object]:
    if dossier is None:
        return {}
    return {
        "organization": str(dossier.organization_id),
        "signatories": "\n".join(f"{s['name']}, {s['role']}" for s in dossier.signatories),
        "iban": dossier.iban,
        "accounts_year": dossier.accounts_year,
    }
