"""Codes that several records share. Values are stable; what users read lies in `intake.labels`."""

from enum import StrEnum


class LifeDomain(StrEnum):
    """Areas of life in which a question can lie (levensdomeinen)."""

    INCOME = "income"
    DEBTS = "debts"
    HOUSING = "housing"
    ENERGY = "energy"
    HEALTH = "health"
    MENTAL = "mental"
    CARE = "care"
    FAMILY = "family"
    WORK = "work"
    EDUCATION = "education"
    LEISURE = "leisure"
    NETWORK = "network"
    ADMIN = "admin"
    JUSTICE = "justice"
    SAFETY = "safety"


class AgeGroup(StrEnum):
    """Age as a signaller can see it; routing and previews use it instead of a birth date."""

    CHILD = "child"  # under 12
    YOUTH = "youth"  # 12 to 17
    YOUNG_ADULT = "young_adult"  # 18 to 24
    ADULT = "adult"  # 25 to 64
    SENIOR = "senior"  # 65 to 79
    ELDERLY = "elderly"  # 80 and older

    @classmethod
    def of_age(cls, age: int) -> "AgeGroup":
        limits = [(12, cls.CHILD), (18, cls.YOUTH), (25, cls.YOUNG_ADULT), (65, cls.ADULT), (80, cls.SENIOR)]
        return next((group for limit, group in limits if age < limit), cls.ELDERLY)


class Urgency(StrEnum):
    """How soon someone must act: within 24 hours, 5 or 15 working days, or in a campaign."""

    U1 = "U1"
    U2 = "U2"
    U3 = "U3"
    U4 = "U4"


class CitizenSays(StrEnum):
    """What the citizen tells when somebody looks back, kept apart from what a partner reported."""

    HELPED = "helped"
    PARTLY = "partly"
    NO = "no"
    NOT_REACHED = "not_reached"


class Channel(StrEnum):
    """How people were, or may be, in touch."""

    DESK = "desk"
    PHONE = "phone"
    SMS = "sms"
    MAIL = "mail"
    LETTER = "letter"
    HOME_VISIT = "home_visit"
    OUTREACH = "outreach"
    VIDEO = "video"


class Mutuality(StrEnum):
    """Health insurance funds: the social service of one's own fund is a core partner of every GBO."""

    CM = "cm"
    SOLIDARIS = "solidaris"
    HELAN = "helan"
    LM = "lm"
    VNZ = "vnz"
    HZIV = "hziv"
