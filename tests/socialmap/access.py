"""Who may enter the pages of the social map; see `tests/access_table.py`."""

ROUTES = {
    "socialmap.answer_correction": "can_settle",
    "socialmap.close_correction": "can_settle",
    "socialmap.confirm_service": "can_speak_for",
    "socialmap.edit_agreements": "can_speak_for",
    "socialmap.judge_duplicate": "can_settle",
    "socialmap.list_corrections": "can_edit_map",
    "socialmap.list_deliveries": "can_edit_map",
    "socialmap.list_duplicates": "can_edit_map",
    "socialmap.list_records": "public",
    "socialmap.refuse_delivery": "can_settle",
    "socialmap.report_error": "can_see",
    "socialmap.say_capacity": "can_speak_for",
    "socialmap.search_services": "signed_in",
    "socialmap.show_delivery": "can_settle",
    "socialmap.show_interface": "public",
    "socialmap.show_organization": "can_see",
    "socialmap.show_record": "public",
    "socialmap.show_service": "can_see",
    "socialmap.split_organization": "can_settle",
}
