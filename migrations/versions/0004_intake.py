"""Intake: signals, persons, files, questions, bases, referrals, contacts, notes, transitions, routing."""

import sqlalchemy as sa
from alembic import op

revision = "0004_intake"
down_revision = "0003_workflows"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _create_household()
    _create_person()
    _create_routing_rule()
    _create_household_member()
    _create_intake_case()
    _create_person_key()
    _create_case_glance()
    _create_case_note()
    _create_contact_attempt()
    _create_follow_up()
    _create_help_request()
    _create_intake_transition()
    _create_signal()
    _create_basis()
    _create_contact_moment()
    _create_referral()
    _create_referral_message()


def downgrade() -> None:
    op.drop_table("referral_message")
    op.drop_table("referral")
    op.drop_table("contact_moment")
    op.drop_table("basis")
    op.drop_table("signal")
    op.drop_table("intake_transition")
    op.drop_table("help_request")
    op.drop_table("follow_up")
    op.drop_table("contact_attempt")
    op.drop_table("case_note")
    op.drop_table("case_glance")
    op.drop_table("person_key")
    op.drop_table("intake_case")
    op.drop_table("household_member")
    op.drop_table("routing_rule")
    op.drop_table("person")
    op.drop_table("household")


def _create_household() -> None:
    op.create_table(
        "household",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("nis", sa.String(5), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_household_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_household"),
    )
    op.create_index("ix_household_tenant_id", "household", ["tenant_id"])


def _create_person() -> None:
    op.create_table(
        "person",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("identity", sa.String(40), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("birth_day", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(40), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("needs_interpreter", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("phone_digits", sa.String(20), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("nis", sa.String(5), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mutuality", sa.String(40), nullable=True),
        sa.Column("ssin_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ssin_hash", sa.String(64), nullable=True),
        sa.Column("contact_preference", sa.String(40), nullable=True),
        sa.Column("contact_hours", sa.Text(), nullable=False),
        sa.Column("avoid", sa.JSON(), nullable=False),
        sa.Column("code_word_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("not_to_know_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["app_user.id"], name="fk_person_created_by_id"),
        sa.ForeignKeyConstraint(["merged_into_id"], ["person.id"], name="fk_person_merged_into_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_person_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("tenant_id", "ssin_hash", name="uq_person_tenant_id_ssin_hash"),
    )
    op.create_index(
        "ix_person_tenant_birth", "person", ["tenant_id", "birth_year", "birth_month", "birth_day"]
    )
    op.create_index("ix_person_tenant_phone", "person", ["tenant_id", "phone_digits"])


def _create_routing_rule() -> None:
    op.create_table(
        "routing_rule",
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("age_group", sa.String(40), nullable=True),
        sa.Column("mutuality", sa.String(40), nullable=True),
        sa.Column("theme", sa.String(40), nullable=True),
        sa.Column("nis", sa.String(5), nullable=True),
        sa.Column("to_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(kind = 'wish') = (to_tenant_id IS NULL)", name="names_a_tenant"),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name="fk_routing_rule_partnership_id"
        ),
        sa.ForeignKeyConstraint(["to_tenant_id"], ["tenant.id"], name="fk_routing_rule_to_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_routing_rule"),
    )
    op.create_index("ix_routing_rule_partnership", "routing_rule", ["partnership_id", "priority"])


def _create_household_member() -> None:
    op.create_table(
        "household_member",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("described_as", sa.Text(), nullable=False),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("is_dependant", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name="fk_household_member_household_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_household_member_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_household_member"),
    )
    op.create_index("ix_household_member_household_id", "household_member", ["household_id"])
    op.create_index("ix_household_member_person_id", "household_member", ["person_id"])


def _create_intake_case() -> None:
    op.create_table(
        "intake_case",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("nis", sa.String(5), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing_reason", sa.String(40), nullable=True),
        sa.Column("closing_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("copied_from_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (closing_reason IS NULL)", name="closed_with_reason"),
        sa.ForeignKeyConstraint(["holder_id"], ["app_user.id"], name="fk_intake_case_holder_id"),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name="fk_intake_case_household_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_intake_case_person_id"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_intake_case_team_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_intake_case_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_intake_case"),
        sa.UniqueConstraint("number", name="uq_intake_case_number"),
    )
    op.create_index("ix_intake_case_holder_status", "intake_case", ["holder_id", "status", "id"])
    op.create_index("ix_intake_case_household_id", "intake_case", ["household_id"])
    op.create_index("ix_intake_case_person_id", "intake_case", ["person_id"])
    op.create_index("ix_intake_case_tenant_status", "intake_case", ["tenant_id", "status", "id"])


def _create_person_key() -> None:
    op.create_table(
        "person_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(24), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_key_person_id"),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_person_key"),
    )
    op.create_index("ix_person_key_tenant_key", "person_key", ["tenant_id", "key"])


def _create_case_glance() -> None:
    op.create_table(
        "case_glance",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seen_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_case_glance_case_id"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_case_glance_user_id"),
        sa.PrimaryKeyConstraint("user_id", "case_id", name="pk_case_glance"),
    )


def _create_case_note() -> None:
    op.create_table(
        "case_note",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("visibility", sa.String(40), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name="fk_case_note_by_id"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_case_note_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_note"),
    )
    op.create_index("ix_case_note_case_id", "case_note", ["case_id"])


def _create_contact_attempt() -> None:
    op.create_table(
        "contact_attempt",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("result", sa.String(40), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("told_source", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name="fk_contact_attempt_by_id"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_contact_attempt_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_attempt"),
    )
    op.create_index("ix_contact_attempt_case_id", "contact_attempt", ["case_id"])


def _create_follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["app_user.id"], name="fk_follow_up_assignee_id"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_follow_up_case_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_follow_up_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_assignee", "follow_up", ["assignee_id", "done_at", "due_on"])
    op.create_index("ix_follow_up_case_id", "follow_up", ["case_id"])


def _create_help_request() -> None:
    op.create_table(
        "help_request",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("life_domain", sa.String(40), nullable=False),
        sa.Column("own_words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("strengths_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_to_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_to_id"], ["app_user.id"], name="fk_help_request_asked_to_id"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_help_request_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_help_request"),
    )
    op.create_index("ix_help_request_case_id", "help_request", ["case_id"])


def _create_intake_transition() -> None:
    op.create_table(
        "intake_transition",
        sa.Column("id", BIG, nullable=False),
        sa.Column("subject_type", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("from_status", sa.String(40), nullable=True),
        sa.Column("to_status", sa.String(40), nullable=True),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("detail_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("actor_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("actor_tenant", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_intake_transition_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_intake_transition"),
    )
    op.create_index("ix_intake_transition_case", "intake_transition", ["case_id", "id"])
    op.create_index("ix_intake_transition_subject", "intake_transition", ["subject_type", "subject_id", "id"])


def _create_signal() -> None:
    op.create_table(
        "signal",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("origin_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_contact", sa.Text(), nullable=False),
        sa.Column("wants_feedback", sa.Boolean(), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("subject_phone", sa.Text(), nullable=False),
        sa.Column("observed_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("circumstances", sa.JSON(), nullable=False),
        sa.Column("nis", sa.String(5), nullable=False),
        sa.Column("theme", sa.String(40), nullable=False),
        sa.Column("age_group", sa.String(40), nullable=True),
        sa.Column("mutuality", sa.String(40), nullable=True),
        sa.Column("wish_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("informed", sa.String(40), nullable=False),
        sa.Column("informed_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("urgency_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("routing_rule_id", sa.Uuid(), nullable=True),
        sa.Column("routing_reason", sa.String(40), nullable=False),
        sa.Column("routing_facts", sa.JSON(), nullable=False),
        sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_on_from_id", sa.Uuid(), nullable=True),
        sa.Column("passed_on_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("taken_by_id", sa.Uuid(), nullable=True),
        sa.Column("outcome_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("triaged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(passed_on_at IS NULL) = (passed_on_from_id IS NULL)", name="passed_on_whole"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_signal_case_id"),
        sa.ForeignKeyConstraint(["origin_tenant_id"], ["tenant.id"], name="fk_signal_origin_tenant_id"),
        sa.ForeignKeyConstraint(["passed_on_from_id"], ["tenant.id"], name="fk_signal_passed_on_from_id"),
        sa.ForeignKeyConstraint(["registered_by_id"], ["app_user.id"], name="fk_signal_registered_by_id"),
        sa.ForeignKeyConstraint(["routing_rule_id"], ["routing_rule.id"], name="fk_signal_routing_rule_id"),
        sa.ForeignKeyConstraint(["taken_by_id"], ["app_user.id"], name="fk_signal_taken_by_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_signal_tenant_id"),
        sa.ForeignKeyConstraint(["wish_tenant_id"], ["tenant.id"], name="fk_signal_wish_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signal"),
        sa.UniqueConstraint("number", name="uq_signal_number"),
    )
    op.create_index("ix_signal_case_id", "signal", ["case_id"])
    op.create_index("ix_signal_origin_tenant_id", "signal", ["origin_tenant_id"])
    op.create_index("ix_signal_tenant_status", "signal", ["tenant_id", "status", "urgency", "received_at"])


def _create_basis() -> None:
    op.create_table(
        "basis",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=True),
        sa.Column("witness_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("motivation_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("text_version", sa.String(20), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdraw_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= given_on", name="ends_after_given"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_basis_case_id"),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["app_user.id"], name="fk_basis_recorded_by_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_basis_service_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_basis_tenant_id"),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["app_user.id"], name="fk_basis_withdrawn_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_basis"),
    )
    op.create_index("ix_basis_case_id", "basis", ["case_id"])


def _create_contact_moment() -> None:
    op.create_table(
        "contact_moment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("nis", sa.String(5), nullable=True),
        sa.Column("theme", sa.String(40), nullable=True),
        sa.Column("line_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("signal_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name="fk_contact_moment_by_id"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_contact_moment_case_id"),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name="fk_contact_moment_signal_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_contact_moment_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_moment"),
    )
    op.create_index("ix_contact_moment_tenant_at", "contact_moment", ["tenant_id", "at"])


def _create_referral() -> None:
    op.create_table(
        "referral",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("receiving_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("help_request_id", sa.Uuid(), nullable=True),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("service_snapshot", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("package_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(40), nullable=True),
        sa.Column("declined_by", sa.String(40), nullable=True),
        sa.Column("fail_reason", sa.String(40), nullable=True),
        sa.Column("remark_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("better_service_id", sa.Uuid(), nullable=True),
        sa.Column("better_address", sa.Text(), nullable=False),
        sa.Column("partner_case_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(decline_reason IS NULL) = (status <> 'declined')", name="declined_with_reason"),
        sa.ForeignKeyConstraint(["basis_id"], ["basis.id"], name="fk_referral_basis_id"),
        sa.ForeignKeyConstraint(["better_service_id"], ["service.id"], name="fk_referral_better_service_id"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_referral_case_id"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["app_user.id"], name="fk_referral_decided_by_id"),
        sa.ForeignKeyConstraint(["help_request_id"], ["help_request.id"], name="fk_referral_help_request_id"),
        sa.ForeignKeyConstraint(["made_by_id"], ["app_user.id"], name="fk_referral_made_by_id"),
        sa.ForeignKeyConstraint(["partner_case_id"], ["intake_case.id"], name="fk_referral_partner_case_id"),
        sa.ForeignKeyConstraint(
            ["receiving_tenant_id"], ["tenant.id"], name="fk_referral_receiving_tenant_id"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_referral_service_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_referral_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
        sa.UniqueConstraint("number", name="uq_referral_number"),
    )
    op.create_index("ix_referral_basis_id", "referral", ["basis_id"])
    op.create_index("ix_referral_case", "referral", ["case_id", "id"])
    op.create_index("ix_referral_due", "referral", ["status", "answer_due_at"])
    op.create_index("ix_referral_receiver", "referral", ["receiving_tenant_id", "status", "id"])
    op.create_index("ix_referral_sender", "referral", ["tenant_id", "status", "id"])
    op.create_index("ix_referral_service_id", "referral", ["service_id"])


def _create_referral_message() -> None:
    op.create_table(
        "referral_message",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("by_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_tenant_id"], ["tenant.id"], name="fk_referral_message_by_tenant_id"),
        sa.ForeignKeyConstraint(["by_user_id"], ["app_user.id"], name="fk_referral_message_by_user_id"),
        sa.ForeignKeyConstraint(["case_id"], ["intake_case.id"], name="fk_referral_message_case_id"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_referral_message_referral_id"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_message"),
    )
    op.create_index("ix_referral_message_referral_id", "referral_message", ["referral_id"])
