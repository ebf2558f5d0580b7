"""The organizations, teams and people of the demo; fictional, with the same identifiers everywhere."""

import uuid
from dataclasses import dataclass
from datetime import date

from core import accounts
from core.access import Role
from core.clock import now
from core.db import Base, session
from core.i18n import _l
from core.models.accounts import Membership, Partnership, PartnershipMember, Team, Tenant, TenantKind, User

PASSWORD = "draaischijf-demo"  # noqa: S105 -- public on purpose: shown on the sign-in page of a demo
SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.draaischijf.example")
SINCE = date(2025, 1, 1)


@dataclass(frozen=True)
class Account:
    """A person of the demo: address, name, organization and team by key, roles, label to show."""

    email: str
    name: str
    tenant: str
    roles: tuple[Role, ...]
    label: object
    team: str | None = None
    partnership: str | None = None


TENANTS: dict[str, tuple[str, TenantKind, str | None]] = {
    "ocmw-evergem": ("OCMW Evergem", TenantKind.OCMW, "44019"),
    "caw-oost-vlaanderen": ("CAW Oost-Vlaanderen", TenantKind.CAW, None),
    "dmw-cm": ("CM - Dienst Maatschappelijk Werk", TenantKind.DMW, None),
    "de-brug": ("vzw De Brug", TenantKind.PARTNER, None),
    "provincie-oost-vlaanderen": ("Provincie Oost-Vlaanderen", TenantKind.PROVINCE, None),
    "zorgraad-meetjesland": ("Zorgraad Meetjesland", TenantKind.CARE_COUNCIL, None),
    "platform": ("Draaischijf", TenantKind.PLATFORM, None),
}
TEAMS = {
    "ocmw-evergem/sociaal-huis": "Sociaal Huis",
    "caw-oost-vlaanderen/onthaal-meetjesland": "Onthaal Meetjesland",
    "dmw-cm/meetjesland": "Team Meetjesland",
    "de-brug/onthaal": "Onthaal",
    "provincie-oost-vlaanderen/dienst-sociale-planning": "Dienst Sociale Planning",
    "zorgraad-meetjesland/bureau": "Bureau",
}
PARTNERSHIPS = {"gbo-meetjesland": ("GBO Meetjesland", "gbo-meetjesland")}
MEMBERS = {"gbo-meetjesland": ("ocmw-evergem", "caw-oost-vlaanderen", "dmw-cm")}

EVERGEM, CAW, CM = "OCMW Evergem", "CAW Oost-Vlaanderen", "CM - Dienst Maatschappelijk Werk"
PROVINCE, COUNCIL = "Provincie Oost-Vlaanderen", "Zorgraad Meetjesland"
PROVINCE_KEY, PROVINCE_TEAM = "provincie-oost-vlaanderen", "provincie-oost-vlaanderen/dienst-sociale-planning"
ACCOUNTS = (
    Account("onthaal@ocmw-evergem.example", "Nele Wauters", "ocmw-evergem", (Role.INTAKE_WORKER,),
            _l("Intake worker, %(name)s", name=EVERGEM), team="ocmw-evergem/sociaal-huis"),
    Account("teamlead@ocmw-evergem.example", "Karim Bouzid", "ocmw-evergem",
            (Role.TEAM_LEAD, Role.INTAKE_WORKER),
            _l("Team lead, %(name)s", name=EVERGEM), team="ocmw-evergem/sociaal-huis"),
    Account("onthaal@caw-oost-vlaanderen.example", "Lotte De Smet", "caw-oost-vlaanderen",
            (Role.INTAKE_WORKER,),
            _l("Intake worker, %(name)s", name=CAW), team="caw-oost-vlaanderen/onthaal-meetjesland"),
    Account("onthaal@dmw-cm.example", "Joris Van Acker", "dmw-cm", (Role.INTAKE_WORKER,),
            _l("Intake worker, %(name)s", name=CM), team="dmw-cm/meetjesland"),
    Account("partner@de-brug.example", "Fatma Yıldız", "de-brug", (Role.PARTNER_DESK, Role.APPLICANT),
            _l("Partner desk and applicant, %(name)s", name="vzw De Brug"), team="de-brug/onthaal"),
    Account("coordinator@gbo-meetjesland.example", "Sofie Claeys", "ocmw-evergem", (Role.COORDINATOR,),
            _l("Coordinator, %(name)s", name="GBO Meetjesland"), partnership="gbo-meetjesland"),
    Account("stuurgroep@gbo-meetjesland.example", "Bart Lievens", "caw-oost-vlaanderen",
            (Role.STEERING_GROUP,),
            _l("Steering group, %(name)s", name="GBO Meetjesland"), partnership="gbo-meetjesland"),
    Account("provincie@oost-vlaanderen.example", "An Verstraete", PROVINCE_KEY, (Role.OFFICER,),
            _l("Provincial officer, %(name)s", name=PROVINCE), team=PROVINCE_TEAM),
    Account("provincie2@oost-vlaanderen.example", "Dries Maes", PROVINCE_KEY, (Role.OFFICER,),
            _l("Second provincial officer, %(name)s", name=PROVINCE), team=PROVINCE_TEAM),
    Account("jury1@oost-vlaanderen.example", "Hilde Goossens", PROVINCE_KEY, (Role.JUROR,),
            _l("Juror, %(name)s", name=PROVINCE)),
    Account("jury2@oost-vlaanderen.example", "Samuel Okafor", PROVINCE_KEY, (Role.JUROR,),
            _l("Juror, %(name)s", name=PROVINCE)),
    Account("jury3@oost-vlaanderen.example", "Ilse Baert", PROVINCE_KEY, (Role.JUROR,),
            _l("Juror, %(name)s", name=PROVINCE)),
    Account("deputatie@oost-vlaanderen.example", "Marc Dhondt", PROVINCE_KEY, (Role.DECIDER,),
            _l("Deciding executive, %(name)s", name=PROVINCE)),
    Account("financien@oost-vlaanderen.example", "Griet Pauwels", PROVINCE_KEY, (Role.FINANCE,),
            _l("Finance, %(name)s", name=PROVINCE)),
    Account("financien2@oost-vlaanderen.example", "Tom Coppens", PROVINCE_KEY, (Role.FINANCE,),
            _l("Second person of finance, %(name)s", name=PROVINCE)),
    Account("zorgraad@meetjesland.example", "Veerle Martens", "zorgraad-meetjesland", (Role.OFFICER,),
            _l("Officer, %(name)s", name=COUNCIL), team="zorgraad-meetjesland/bureau"),
    Account("dpo@ocmw-evergem.example", "Pieter Aerts", "ocmw-evergem", (Role.DPO,),
            _l("Data protection officer, %(name)s", name=EVERGEM)),
    Account("beheer@draaischijf.example", "Eva Peeters", "platform",
            (Role.ADMINISTRATOR, Role.PROCESS_MANAGER, Role.MAP_EDITOR),
            _l("Administrator, process manager and social-map editor")),
)  # fmt: skip


def identifier(key: str) -> uuid.UUID:
    """A stable identifier for anything in the demo, by a key of one's own."""
    return uuid.uuid5(SPACE, key)


def tenant(key: str) -> uuid.UUID:
    """The id of an organization: `tenant("ocmw-evergem")`. Raises KeyError for one the demo lacks."""
    return identifier(f"tenant:{key if key in TENANTS else TENANTS[key]}")


def team(key: str) -> uuid.UUID:
    """The id of a team: `team("ocmw-evergem/sociaal-huis")`."""
    return identifier(f"team:{key if key in TEAMS else TEAMS[key]}")


def partnership(key: str) -> uuid.UUID:
    """The id of a partnership: `partnership("gbo-meetjesland")`."""
    return identifier(f"partnership:{key if key in PARTNERSHIPS else PARTNERSHIPS[key]}")


def user(email: str) -> uuid.UUID:
    """The id of a demo account."""
    return identifier(f"user:{email}")


def membership(email: str) -> uuid.UUID:
    """The id of the membership of a demo account."""
    return identifier(f"membership:{email}")


def listed_accounts() -> list[tuple[str, str]]:
    """Address and role of each account, for the sign-in page of a demo."""
    return [(account.email, str(account.label)) for account in ACCOUNTS]


def load() -> None:
    """Make organizations and people that are not there yet, in the running transaction. Repeatable."""
    for key, (name, kind, nis) in TENANTS.items():
        _once(Tenant(id=tenant(key), name=name, kind=kind, nis=nis, settings={}, created_at=now()))
    session.flush()
    for key, name in TEAMS.items():
        _once(Team(id=team(key), tenant_id=tenant(key.partition("/")[0]), name=name))
    for key, (name, area_set) in PARTNERSHIPS.items():
        _once(Partnership(id=partnership(key), name=name, area_set=area_set))
    session.flush()
    for key, members in MEMBERS.items():
        for number, member in enumerate(members):
            if session.get(PartnershipMember, (partnership(key), tenant(member))) is None:
                session.add(
                    PartnershipMember(
                        partnership_id=partnership(key),
                        tenant_id=tenant(member),
                        is_lead=number == 0,
                        starts_on=SINCE,
                    )
                )
    _load_people()


def _load_people() -> None:
    missing = [account for account in ACCOUNTS if session.get(User, user(account.email)) is None]
    password_hash = accounts.hasher.hash(PASSWORD) if missing else ""
    for account in missing:
        session.add(
            User(
                id=user(account.email), email=account.email, name=account.name, password_hash=password_hash,
                locale="nl", preferences={}, created_at=now(),
            )
        )  # fmt: skip
    session.flush()
    for account in ACCOUNTS:
        _once(
            Membership(
                id=membership(account.email),
                user_id=user(account.email),
                tenant_id=tenant(account.tenant),
                team_id=team(account.team) if account.team else None,
                partnership_id=partnership(account.partnership) if account.partnership else None,
                roles=[role.value for role in account.roles],
                starts_on=SINCE,
            )
        )
    session.flush()


def _once(record: Base) -> None:
    if session.get(type(record), record.id) is None:  # type: ignore[attr-defined]
        session.add(record)
