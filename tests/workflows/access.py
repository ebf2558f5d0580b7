"""Who may enter the pages of processes (see tests/access_table.py)."""

ROUTES = {
    "api.list_tasks": "signed_in",
    "api.show_instance": "can_see_process",
    "workflows.assign_instance": "can_manage_instance",
    "workflows.deploy_process": "can_manage_processes",
    "workflows.download_definition": "can_see_definition",
    "workflows.download_diagram": "can_see_process",
    "workflows.list_decisions": "can_manage_processes",
    "workflows.list_incidents": "can_manage_processes",
    "workflows.list_instances": "can_manage_processes",
    "workflows.list_processes": "can_manage_processes",
    "workflows.move_instances": "can_manage_definition",
    "workflows.retire_process": "can_manage_definition",
    "workflows.retry_incident": "can_manage_incident",
    "workflows.return_instance": "can_manage_instance",
    "workflows.show_decision": "can_see_decision",
    "workflows.show_diagram": "can_see_process",
    "workflows.show_incident": "can_manage_incident",
    "workflows.show_instance": "can_manage_instance",
    "workflows.show_process": "can_manage_definition",
    "workflows.use_process": "can_manage_definition",
}
