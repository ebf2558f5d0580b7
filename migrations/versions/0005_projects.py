"""Impulse projects: needs, calls, applications, jury, awards, projects, payments, reports, evaluations."""

import sqlalchemy as sa
from alembic import op

revision = "0005_projects"
down_revision = "0004_intake"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "call",
    "completion_request",
    "need",
    "project_attachment",
    "project_transition",
    "affiliation",
    "applicant_dossier",
    "call_advice",
    "call_cost_category",
    "call_criterion",
    "call_need",
    "call_notice",
    "call_question",
    "call_round",
    "interest_declaration",
    "need_fact",
    "application",
    "ranking",
    "application_budget_line",
    "application_editor",
    "application_funding_line",
    "application_partner",
    "application_version",
    "assessment",
    "award",
    "recusal",
    "assessment_score",
    "project",
    "evaluation",
    "ledger_entry",
    "payment",
    "project_amendment",
    "repayment",
    "report",
    "report_cost_line",
)


def upgrade() -> None:
    _call()
    _completion_request()
    _need()
    _project_attachment()
    _project_transition()
    _affiliation()
    _applicant_dossier()
    _call_advice()
    _call_cost_category()
    _call_criterion()
    _call_need()
    _call_notice()
    _call_question()
    _call_round()
    _interest_declaration()
    _need_fact()
    _application()
    _ranking()
    _application_budget_line()
    _application_editor()
    _application_funding_line()
    _application_partner()
    _application_version()
    _assessment()
    _award()
    _recusal()
    _assessment_score()
    _project()
    _evaluation()
    _ledger_entry()
    _payment()
    _project_amendment()
    _repayment()
    _report()
    _report_cost_line()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid, primary_key=True)


def _to(
    table: str, column: str, *, nullable: bool = False, index: bool = False, unique: bool = False
) -> sa.Column[object]:
    key = sa.ForeignKey(f"{table}.id")
    return sa.Column(column, sa.Uuid, key, nullable=nullable, index=index, unique=unique)


def _call() -> None:
    op.create_table(
        "call",
        _to("tenant", "tenant_id", index=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("theme", sa.String(40), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("deciding_body", sa.Text, nullable=False),
        sa.Column("higher_body", sa.Text, nullable=False),
        sa.Column("higher_body_from_cents", sa.BigInteger),
        sa.Column("remedies", sa.Text, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("aid_type", sa.String(40), nullable=False),
        sa.Column("applicant_kinds", sa.JSON, nullable=False),
        sa.Column("municipalities", sa.JSON, nullable=False),
        sa.Column("credit_cents", sa.BigInteger, nullable=False),
        sa.Column("budget_line", sa.Text, nullable=False),
        sa.Column("action_code", sa.Text, nullable=False),
        sa.Column("visum", sa.Text, nullable=False),
        sa.Column("visum_on", sa.Date),
        sa.Column("max_share_bp", sa.Integer, nullable=False),
        sa.Column("max_grant_cents", sa.BigInteger, nullable=False),
        sa.Column("min_grant_cents", sa.BigInteger, nullable=False),
        sa.Column("max_months", sa.Integer, nullable=False),
        sa.Column("min_municipalities", sa.Integer, nullable=False),
        sa.Column("min_partners", sa.Integer, nullable=False),
        sa.Column("one_per_applicant", sa.Boolean, nullable=False),
        sa.Column("min_score_bp", sa.Integer, nullable=False),
        sa.Column("jury_size", sa.Integer, nullable=False),
        sa.Column("quorum", sa.Integer, nullable=False),
        sa.Column("completion_days", sa.Integer, nullable=False),
        sa.Column("tranches", sa.JSON, nullable=False),
        sa.Column("phases", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _to("app_user", "created_by"),
        _to("app_user", "approved_by", nullable=True),
        sa.Column("published_at", MOMENT),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _completion_request() -> None:
    op.create_table(
        "completion_request",
        sa.Column("subject_type", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False, index=True),
        sa.Column("sections", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        _to("app_user", "requested_by"),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        _id(),
    )


def _need() -> None:
    op.create_table(
        "need",
        _to("tenant", "tenant_id", index=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("theme", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("affected_group", sa.Text, nullable=False),
        sa.Column("municipalities", sa.JSON, nullable=False),
        sa.Column("owner_level", sa.String(40), nullable=False),
        sa.Column("answer_due_on", sa.Date),
        sa.Column("decision_reason", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("bundle_key", sa.String(80), unique=True),
        sa.Column("sheet", sa.JSON, nullable=False),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _project_attachment() -> None:
    op.create_table(
        "project_attachment",
        sa.Column("subject_type", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("file_id", sa.Uuid),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        _to("app_user", "uploaded_by"),
        _id(),
    )
    op.create_index("ix_project_attachment_subject", "project_attachment", ["subject_type", "subject_id"])


def _project_transition() -> None:
    op.create_table(
        "project_transition",
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("subject_type", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("from_status", sa.String(40), nullable=False),
        sa.Column("to_status", sa.String(40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _to("app_user", "user_id", nullable=True),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("motivation", sa.Text, nullable=False),
    )
    op.create_index(
        "ix_project_transition_subject", "project_transition", ["subject_type", "subject_id", "id"]
    )


def _affiliation() -> None:
    op.create_table(
        "affiliation",
        _to("app_user", "user_id", index=True),
        _to("organization", "organization_id", index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        _id(),
        sa.UniqueConstraint("user_id", "organization_id"),
    )


def _applicant_dossier() -> None:
    op.create_table(
        "applicant_dossier",
        _to("tenant", "tenant_id", unique=True),
        _to("organization", "organization_id"),
        sa.Column("signatories", sa.JSON, nullable=False),
        sa.Column("iban_sealed", sa.LargeBinary),
        sa.Column("statutes_on", sa.Date),
        sa.Column("accounts_year", sa.Integer),
        sa.Column("bank_proof_on", sa.Date),
        sa.Column("updated_at", MOMENT, nullable=False),
        _id(),
    )


def _call_advice() -> None:
    op.create_table(
        "call_advice",
        _to("call", "call_id", index=True),
        sa.Column("council", sa.Text, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        _id(),
    )


def _call_cost_category() -> None:
    op.create_table(
        "call_cost_category",
        _to("call", "call_id", index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("guidance", sa.Text, nullable=False),
        sa.Column("max_share_bp", sa.Integer),
        sa.Column("vat_accepted", sa.Boolean, nullable=False),
        sa.Column("is_wage", sa.Boolean, nullable=False),
        sa.Column("max_hour_cents", sa.Integer),
        _id(),
        sa.UniqueConstraint("call_id", "code"),
    )


def _call_criterion() -> None:
    op.create_table(
        "call_criterion",
        _to("call", "call_id", index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("guidance", sa.Text, nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("scale", sa.Integer, nullable=False),
        sa.Column("minimum", sa.Integer, nullable=False),
        _id(),
        sa.UniqueConstraint("call_id", "code"),
    )


def _call_need() -> None:
    op.create_table(
        "call_need",
        sa.Column("call_id", sa.Uuid, sa.ForeignKey("call.id"), primary_key=True),
        sa.Column("need_id", sa.Uuid, sa.ForeignKey("need.id"), primary_key=True),
    )


def _call_notice() -> None:
    op.create_table(
        "call_notice",
        _to("call", "call_id", index=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        _id(),
    )


def _call_question() -> None:
    op.create_table(
        "call_question",
        _to("call", "call_id", index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("phase", sa.String(10), nullable=False),
        sa.Column("section", sa.String(60), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("max_words", sa.Integer, nullable=False),
        _id(),
        sa.UniqueConstraint("call_id", "code"),
    )


def _call_round() -> None:
    op.create_table(
        "call_round",
        _to("call", "call_id", index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT),
        sa.Column("extended_reason", sa.Text, nullable=False),
        _id(),
    )


def _interest_declaration() -> None:
    op.create_table(
        "interest_declaration",
        _to("call", "call_id", index=True),
        _to("app_user", "user_id", index=True),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        _id(),
        sa.UniqueConstraint("call_id", "user_id"),
    )


def _need_fact() -> None:
    op.create_table(
        "need_fact",
        _to("need", "need_id", index=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        _id(),
    )


def _application() -> None:
    op.create_table(
        "application",
        _to("call", "call_id", index=True),
        _to("call_round", "round_id"),
        _to("tenant", "tenant_id", index=True),
        _to("organization", "organization_id"),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("municipalities", sa.JSON, nullable=False),
        sa.Column("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        sa.Column("asked_cents", sa.BigInteger, nullable=False),
        sa.Column("iban_sealed", sa.LargeBinary),
        sa.Column("signatory_name", sa.Text, nullable=False),
        sa.Column("signatory_role", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _to("app_user", "created_by"),
        sa.Column("submitted_at", MOMENT),
        _to("app_user", "officer_id", nullable=True),
        sa.Column("admissibility", sa.JSON, nullable=False),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_application_call_status", "application", ["call_id", "status", "id"])


def _ranking() -> None:
    op.create_table(
        "ranking",
        _to("call_round", "round_id", unique=True),
        _to("call", "call_id", index=True),
        sa.Column("rows", sa.JSON, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        _to("app_user", "made_by"),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _application_budget_line() -> None:
    op.create_table(
        "application_budget_line",
        _to("application", "application_id", index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        _id(),
    )


def _application_editor() -> None:
    op.create_table(
        "application_editor",
        sa.Column("application_id", sa.Uuid, sa.ForeignKey("application.id"), primary_key=True),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("app_user.id"), primary_key=True),
        sa.Column("added_at", MOMENT, nullable=False),
    )


def _application_funding_line() -> None:
    op.create_table(
        "application_funding_line",
        _to("application", "application_id", index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        _id(),
    )


def _application_partner() -> None:
    op.create_table(
        "application_partner",
        _to("application", "application_id", index=True),
        _to("organization", "organization_id"),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("letter_received", sa.Boolean, nullable=False),
        _id(),
        sa.UniqueConstraint("application_id", "organization_id"),
    )


def _application_version() -> None:
    op.create_table(
        "application_version",
        _to("application", "application_id", index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("in_time", sa.Boolean, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        _to("app_user", "submitted_by"),
        _id(),
        sa.UniqueConstraint("application_id", "number"),
    )


def _assessment() -> None:
    op.create_table(
        "assessment",
        _to("application", "application_id", index=True),
        _to("app_user", "juror_id", index=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("advice", sa.Text, nullable=False),
        sa.Column("submitted_at", MOMENT),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("application_id", "juror_id"),
    )


def _award() -> None:
    op.create_table(
        "award",
        _to("application", "application_id", unique=True),
        _to("call", "call_id", index=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("advised", sa.String(40), nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        _to("app_user", "decided_by", nullable=True),
        sa.Column("motivation", sa.Text, nullable=False),
        sa.Column("deviation", sa.Text, nullable=False),
        sa.Column("remedies", sa.Text, nullable=False),
        sa.Column("reserve_position", sa.Integer),
        sa.Column("letter_sent_at", MOMENT),
        _id(),
    )


def _recusal() -> None:
    op.create_table(
        "recusal",
        _to("application", "application_id", index=True),
        _to("app_user", "user_id", index=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _id(),
        sa.UniqueConstraint("application_id", "user_id"),
    )


def _assessment_score() -> None:
    op.create_table(
        "assessment_score",
        _to("assessment", "assessment_id", index=True),
        _to("call_criterion", "criterion_id"),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("motivation", sa.Text, nullable=False),
        _id(),
        sa.UniqueConstraint("assessment_id", "criterion_id"),
    )


def _project() -> None:
    op.create_table(
        "project",
        _to("application", "application_id", unique=True),
        _to("award", "award_id"),
        _to("call", "call_id", index=True),
        _to("tenant", "tenant_id", index=True),
        _to("tenant", "applicant_tenant_id", index=True),
        _to("organization", "organization_id"),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("awarded_cents", sa.BigInteger, nullable=False),
        sa.Column("share_bp", sa.Integer, nullable=False),
        sa.Column("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        sa.Column("agreement_sent_at", MOMENT),
        sa.Column("signed_on", sa.Date),
        sa.Column("signed_file_id", sa.Uuid),
        sa.Column("accepted_cents", sa.BigInteger),
        sa.Column("other_income_cents", sa.BigInteger, nullable=False),
        sa.Column("settled_cents", sa.BigInteger),
        sa.Column("settled_at", MOMENT),
        sa.Column("stop_reason", sa.Text, nullable=False),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _evaluation() -> None:
    op.create_table(
        "evaluation",
        _to("project", "project_id", unique=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("lessons", sa.Text, nullable=False),
        sa.Column("conclusion", sa.String(40), nullable=False),
        sa.Column("people_reached", sa.Integer),
        sa.Column("need_count_before", sa.Integer),
        sa.Column("need_count_after", sa.Integer),
        sa.Column("made_at", MOMENT, nullable=False),
        _to("app_user", "made_by", nullable=True),
        sa.Column("published_at", MOMENT),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", SERIAL, primary_key=True),
        _to("call", "call_id", index=True),
        _to("project", "project_id", nullable=True, index=True),
        _to("application", "application_id", nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("act_type", sa.String(20), nullable=False),
        sa.Column("act_id", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _to("app_user", "user_id", nullable=True),
        sa.UniqueConstraint("kind", "act_type", "act_id"),
        sa.CheckConstraint("amount_cents > 0", name="amount_positive"),
    )


def _payment() -> None:
    op.create_table(
        "payment",
        _to("project", "project_id", index=True),
        _to("tenant", "tenant_id", index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("condition", sa.String(40), nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("due_on", sa.Date),
        _to("app_user", "proposed_by", nullable=True),
        sa.Column("proposed_at", MOMENT),
        _to("app_user", "approved_by", nullable=True),
        sa.Column("approved_at", MOMENT),
        sa.Column("order_number", sa.String(40), unique=True),
        sa.Column("structured_reference", sa.String(20)),
        sa.Column("paid_on", sa.Date),
        sa.Column("block_reason", sa.Text, nullable=False),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        sa.UniqueConstraint("project_id", "position"),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="four_eyes"),
    )


def _project_amendment() -> None:
    op.create_table(
        "project_amendment",
        _to("project", "project_id", index=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        _to("app_user", "asked_by"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("new_ends_on", sa.Date),
        sa.Column("answered_at", MOMENT),
        sa.Column("approved", sa.Boolean),
        sa.Column("answer", sa.Text, nullable=False),
        _id(),
    )


def _repayment() -> None:
    op.create_table(
        "repayment",
        _to("project", "project_id", index=True),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        _id(),
    )


def _report() -> None:
    op.create_table(
        "report",
        _to("project", "project_id", index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("period_from", sa.Date),
        sa.Column("period_to", sa.Date),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("people_reached", sa.Integer),
        sa.Column("other_income_cents", sa.BigInteger, nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.Column("answer", sa.Text, nullable=False),
        _id(),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _report_cost_line() -> None:
    op.create_table(
        "report_cost_line",
        _to("report", "report_id", index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("spent_on", sa.Date, nullable=False),
        sa.Column("document_number", sa.Text, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("accepted_cents", sa.BigInteger),
        sa.Column("refusal_reason", sa.Text, nullable=False),
        _id(),
    )
