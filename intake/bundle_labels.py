"""Words for states of bundles."""

from core.i18n import _l

STATUS = {
    "proposed": (_l("Proposed"), "warn"),
    "validated": (_l("Validated"), "ok"),
    "rejected": (_l("Not validated"), "danger"),
}
# What policy decided on the need that a bundle became.
FEEDBACK = {"linked": _l("Relevant: a call may answer it"), "not_retained": _l("Not retained")}
