"""Who may enter the pages of the ground; see `tests/access_table.py`."""

ROUTES = {
    "api.show_openapi": "public",
    "api.show_services": "public",
    "core.account": "signed_in",
    "core.change_password": "signed_in",
    "core.end_other_sessions": "signed_in",
    "core.end_session": "signed_in",
    "core.save_draft": "signed_in",
    "core.search": "signed_in",
    "core.set_language": "public",
    "core.show_accessibility": "public",
    "core.show_api": "public",
    "core.show_components": "public",
    "core.show_help": "public",
    "core.show_live": "public",
    "core.show_privacy": "public",
    "core.show_ready": "public",
    "core.sign_in": "public",
    "core.sign_out": "public",
    "core.start": "signed_in",
    "core.switch_membership": "signed_in",
}
