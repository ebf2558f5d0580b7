"""A second, plain reading of the six screening rules, to compare the decision tables with.

Written from the rules' own description and nothing else: no table, no FEEL, no code of the product. A value
is a `Known` or an `Unknown` with what it lacks; conditions are values that are True or False.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Value:
    """A known value, or what is missing to know it."""

    of: Any = None
    missing: frozenset[str] = frozenset()

    @property
    def unknown(self) -> bool:
        return bool(self.missing)

    @property
    def true(self) -> bool:
        return not self.missing and self.of is True

    @property
    def false(self) -> bool:
        return not self.missing and self.of is False


TRUE, FALSE = Value(True), Value(False)


def lacking(*paths: str) -> Value:
    return Value(None, frozenset(paths))


def calc(act: Callable[..., Any], *parts: Value) -> Value:
    """Anything over values is unknown while one of them is."""
    missing = frozenset[str]().union(*(part.missing for part in parts))
    return Value(None, missing) if missing else Value(act(*(part.of for part in parts)))


def both(*parts: Value) -> Value:
    return FALSE if any(part.false for part in parts) else calc(lambda *_all: True, *parts)


def either(*parts: Value) -> Value:
    return TRUE if any(part.true for part in parts) else calc(lambda *_all: False, *parts)


def neg(part: Value) -> Value:
    return calc(lambda value: not value, part)


def then(first: Value, second: Value) -> Value:
    """As `both`, but while the first is unknown only its inputs are missing."""
    if first.false or second.false:
        return FALSE
    return first if first.unknown else second


def le(left: Value, right: Value) -> Value:
    return calc(lambda a, b: a <= b, left, right)


def lt(left: Value, right: Value) -> Value:
    return calc(lambda a, b: a < b, left, right)


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def half_up(amount: Fraction) -> int:
    return (2 * amount + 1).__floor__() // 2


class Review:
    """The rules on one household."""

    def __init__(self, document: dict[str, Any], parameters: dict[str, Any], places: Any) -> None:
        self.document, self.parameters, self.places = document, parameters, places
        self.on = date.fromisoformat(document["on"])
        self.listed = document.get("persons")
        self.outcomes: dict[str, str] = {}
        self.euro = Value(None, frozenset({"-"}))

    # What is known

    def par(self, name: str) -> Value:
        for entry in next((p["values"] for p in self.parameters["parameters"] if p["id"] == name), ()):
            if self.holds(entry):
                return Value(Fraction(str(entry["value"])))
        return lacking(f"parameters.{name}")

    def holds(self, entry: dict[str, Any]) -> bool:
        day = self.on.isoformat()
        return entry["valid_from"] <= day and (entry["valid_to"] is None or day <= entry["valid_to"])

    def input(self, part: str, name: str) -> Value:
        value = self.document.get(part, {}).get(name)
        return lacking(f"{part}.{name}") if value is None else Value(_exact(value))

    def of(self, number: int, name: str) -> Value:
        value = self.listed[number].get(name)
        return lacking(f"persons[{number}].{name}") if value is None else Value(_exact(value))

    def head(self, name: str) -> Value:
        if self.listed is None:
            return lacking("persons")
        return self.of(next(n for n in self.everybody() if self.relation(n) == "head"), name)

    def nis(self) -> Value:
        code = self.document.get("nis")
        return lacking("nis") if code is None else Value(self.places.successor(code, self.on))

    def flemish(self) -> Value:
        code = self.nis()
        found = None if code.unknown else self.places.is_flemish(code.of)
        return lacking("nis") if found is None else Value(found)

    # Persons

    def everybody(self) -> Iterator[int]:
        return iter(range(len(self.listed or ())))

    def relation(self, number: int) -> str:
        return str(self.listed[number]["relation"])

    def couple(self) -> list[int]:
        return [n for n in self.everybody() if self.relation(n) in ("head", "partner")]

    def rest(self, *, couple: bool = False) -> list[Value]:
        """The unknown part: somebody who may not be on the list."""
        if self.listed is None:
            return [lacking("persons")]
        if couple and any(self.relation(n) == "partner" for n in self.everybody()):
            return []
        return [] if self.input("household", "complete").true else [lacking("household.complete")]

    def somebody(self, rule: Callable[[int], Value]) -> Value:
        return either(*(rule(n) for n in self.everybody()), *self.rest())

    def of_couple(self, rule: Callable[[int], Value]) -> Value:
        return either(*(rule(n) for n in self.couple()), *self.rest(couple=True))

    def total(
        self, member: Callable[[int], Value], value: Callable[[int], Value], rest: Iterable[Value] = ()
    ) -> Value:
        members = [(n, member(n)) for n in self.everybody()]
        parts = [value(n) for n, inside in members if inside.true]
        open_parts = [inside for _n, inside in members if inside.unknown]
        known = calc(lambda *all_of: sum(all_of, Fraction(0)), *parts)
        return calc(lambda amount, *_rest: amount, known, *open_parts, *rest)

    def count(self, member: Callable[[int], Value]) -> Value:
        return self.total(member, lambda _n: Value(Fraction(1)), self.rest())

    def couple_total(self, name: str) -> Value:
        inside = self.couple()
        return self.total(lambda n: Value(n in inside), lambda n: self.of(n, name), self.rest(couple=True))

    def age_of(self, birth: Value) -> Value:
        def years(text: str) -> int:
            born = date.fromisoformat(text)
            return self.on.year - born.year - ((self.on.month, self.on.day) < (born.month, born.day))

        return calc(years, birth)

    def age(self, number: int) -> Value:
        return self.age_of(self.of(number, "birth_date"))

    def minor(self, number: int) -> Value:
        return lt(self.age(number), self.par("adult_age"))

    def has(self, number: int, *wanted: str) -> Value:
        return calc(lambda held: bool(set(held) & set(wanted)), self.of(number, "statuses"))

    def since(self, day: Value, months: str) -> Value:
        """Tell whether a day plus months has come."""
        return calc(
            lambda text, n: add_months(date.fromisoformat(text), int(n)) <= self.on, day, self.par(months)
        )

    def child(self, number: int) -> Value:
        grown = then(lt(self.age(number), self.par("child_benefit_age")), self.of(number, "child_benefit"))
        return both(Value(self.relation(number) == "child"), either(self.minor(number), grown))

    def head_minor(self) -> Value:
        return lt(self.age_of(self.head("birth_date")), self.par("adult_age"))

    def is_(self, value: Value, *wanted: Any) -> Value:
        return calc(lambda found: found in wanted, value)

    # Rights

    def vt(self) -> Iterator[Any]:
        def small(n: int) -> Value:
            return both(Value(self.relation(n) == "child"), self.minor(n))

        def member(n: int) -> Value:
            if self.relation(n) in ("head", "partner"):
                return TRUE
            return either(small(n), then(neg(small(n)), self.of(n, "dependent")))

        def status(n: int) -> Value:
            aid = self.has(n, "leefloon", "leefloon_equivalent")
            waited = self.since(self.of(n, "leefloon_since"), "vt_leefloon_months")
            return either(self.has(n, "igo", "ivt", "it"), then(aid, waited))

        def own(n: int) -> Value:
            young = lt(self.age(n), self.par("vt_orphan_age"))
            direct = self.has(n, "child_4_points", "unaccompanied_minor")
            return either(direct, then(self.has(n, "orphan"), young))

        def ground(n: int) -> Value:
            idle = self.is_(self.of(n, "activity"), "unemployed", "incapacitated")
            return either(
                self.is_(self.of(n, "civil_status"), "widowed"),
                self.is_(self.of(n, "activity"), "pensioner"),
                self.has(n, "ivt", "it", "handicap_65"),
                then(idle, self.since(self.of(n, "activity_since"), "vt_long_term_months")),
            )

        size = self.count(member)
        per_person = calc(lambda value, n: value * n, self.par("vt_value_person"), size)
        fund = "" if self.head("health_fund").true else "health_fund_missing"
        yield "VT-1", self.input("held", "vt"), "has"
        yield "VT-2", self.somebody(lambda n: both(member(n), status(n))), "probable", True, per_person, fund
        known = Value(Fraction(sum(own(n).true for n in self.everybody())))
        value = calc(lambda value, n: value * n, self.par("vt_value_person"), known)
        yield "VT-3", self.somebody(own), "probable", True, value, "individual_only", fund
        yield "VT-4", self.head_minor(), "check", False, None, "minor_head"
        student = self.is_(self.head("activity"), "student")
        young = lt(self.age_of(self.head("birth_date")), self.par("vt_student_age"))
        yield "VT-5", both(student, young), "check", False, None, "student_dependent"
        base, extra = self.par("vt_income_base"), self.par("vt_income_per_person")
        ceiling = calc(lambda base, extra, size: base + extra * (size - 1), base, extra, size)
        alone = neg(self.of_couple(lambda n: Value(self.relation(n) == "partner")))
        with_child = self.somebody(lambda n: both(Value(self.relation(n) == "child"), member(n)))
        current = either(both(alone, with_child), self.of_couple(ground))
        income = current
        if not current.unknown:
            name, times = ("gross_month", 12) if current.of else ("taxable_year", 1)
            income = self.total(
                lambda n: both(member(n), neg(self.minor(n))),
                lambda n: calc(lambda amount: amount * times, self.of(n, name)),
                self.rest(),
            )
        yield "VT-6", le(income, ceiling), "probable", False, per_person, fund
        margin = calc(lambda limit, share: limit * (1 + share), ceiling, self.par("vt_margin"))
        yield "VT-7", lt(income, margin), "check", False, None, "just_above_ceiling"
        yield "VT-8", TRUE, "no"

    def igo(self) -> Iterator[Any]:
        age, pension = self.age_of(self.head("birth_date")), self.par("igo_pension_age")
        yield "IGO-1", calc(lambda held: "igo" in held, self.head("statuses")), "has"
        yield "IGO-2", lt(age, pension), "no"
        away = neg(self.input("household", "domiciled"))
        yield "IGO-3", away, "check", False, None, "not_domiciled"
        yield "IGO-4", self.is_(self.head("nationality"), "other"), "check", False, None, "nationality"
        abroad = lt(self.par("igo_max_days_abroad"), self.head("days_abroad_year"))
        yield "IGO-5", abroad, "check", False, None, "abroad"
        foreign = self.of_couple(lambda n: self.of(n, "foreign_pension"))
        yield "IGO-6", foreign, "check", False, None, "foreign_pension"
        yield "IGO-7", self.input("income", "real_estate"), "check", False, None, "real_estate"

        def interest(capital: Any, free: Any, step: Any, low: Any, high: Any) -> Any:
            return low * max(min(capital, step) - free, 0) + high * max(capital - step, 0)

        names = ("igo_capital_free", "igo_capital_step", "igo_capital_rate_low", "igo_capital_rate_high")
        yearly = calc(interest, self.input("income", "capital"), *(self.par(name) for name in names))
        partner = self.of_couple(lambda n: Value(self.relation(n) == "partner"))
        means = calc(
            lambda share, gross, interest, partner: (
                (share * gross + Fraction(interest) / 12) / (2 if partner else 1)
            ),
            self.par("igo_counted_share"), self.couple_total("gross_month"), yearly, partner,
        )  # fmt: skip
        together = self.somebody(lambda n: Value(self.relation(n) in ("partner", "other")))
        limit = together
        if not together.unknown:
            limit = self.par("igo_limit_cohabiting" if together.of else "igo_limit_single")
        euro = calc(lambda limit, means: (limit - means) * 12, limit, means)
        first_year = calc(lambda a, b: a == b, age, pension)
        yield "IGO-8", lt(means, limit), "probable", first_year.true, euro
        yield "IGO-9", TRUE, "no"

    def social_energy_tariff(self) -> Iterator[Any]:
        yield "SET-1", self.input("held", "social_energy_tariff"), "has"
        away = neg(self.input("household", "domiciled"))
        yield "SET-2", away, "check", False, None, "not_domiciled"
        named = (
            "leefloon", "leefloon_equivalent", "ocmw_advance", "ivt", "it", "handicap_65",
            "care_budget_elderly", "child_4_points", "igo",
        )  # fmt: skip
        other = [
            "" if self.input("energy", f"contract_{what}_matches").true else f"contract_{what}_mismatch"
            for what in ("name", "address")
        ]
        status = self.somebody(lambda n: self.has(n, *named))
        yield "SET-3", status, "probable", True, self.par("energy_value"), *other
        collective = self.input("energy", "collective_heating_social")
        value = self.par("energy_value_collective")
        yield "SET-4", collective, "probable", False, value, "landlord_applies"
        vt = "vt_not_enough" if self.outcomes["vt"] in ("has", "probable") else ""
        igo = "rerun_after_igo" if self.outcomes["igo"] in ("probable", "check") else ""
        yield "SET-5", TRUE, "no", False, None, vt, igo

    def social_supplement(self) -> Iterator[Any]:
        children = self.count(self.child)
        yield "SUP-1", self.input("held", "social_supplement"), "has"
        yield "SUP-2", neg(self.flemish()), "no", False, None, "other_region"
        yield "SUP-3", neg(self.somebody(self.child)), "no"
        yield "SUP-4", self.head_minor(), "check", False, None, "minor_head"
        owned = lt(self.par("social_supplement_cadastral"), self.input("income", "cadastral_other"))
        yield "SUP-5", owned, "check", False, None, "cadastral_test"
        large = le(self.par("social_supplement_large_family"), children)
        size = "large" if large.true else "small"
        limit = large if large.unknown else self.par(f"social_supplement_limit_{size}")
        month = large if large.unknown else self.par(f"social_supplement_month_{size}")
        euro = calc(lambda month, count: month * count * 12, month, children)
        poor = le(self.couple_total("taxable_year"), limit)
        payer = self.payer()
        yield "SUP-6", poor, "probable", True, euro, payer
        months = self.input("income", "months_below_limit")
        alarm = le(self.par("social_supplement_alarm_months"), months)
        yield "SUP-7", alarm, "probable", False, euro, payer
        yield "SUP-8", lt(Value(0), months), "check", False, None, "six_months_not_reached"
        yield "SUP-9", TRUE, "no"

    def payer(self) -> str:
        return "" if self.input("child_benefit", "payer_known").true else "payer_missing"

    def school_allowance(self) -> Iterator[Any]:
        def pupil(n: int) -> Value:
            level = self.is_(self.of(n, "school_level"), "kindergarten", "primary", "secondary")
            old_enough = le(self.par("school_min_age"), self.age(n))
            return both(self.child(n), old_enough, level, self.of(n, "school_flemish"))

        def present(n: int) -> Value:
            return then(pupil(n), self.of(n, "attendance_ok"))

        yield "SCH-1", self.input("held", "school_allowance"), "has"
        student = self.is_(self.head("activity"), "student")
        own_school = then(student, self.is_(self.head("school_level"), "secondary"))
        yield "SCH-2", own_school, "check", False, None, "independent_pupil"
        yield "SCH-3", neg(self.somebody(pupil)), "no"
        yield "SCH-4", neg(self.somebody(present)), "check", False, None, "attendance"
        limit = calc(
            lambda base, extra, count: base + extra * (count - 1),
            self.par("school_income_base"), self.par("school_income_per_child"), self.count(self.child),
        )  # fmt: skip
        euro = self.total(
            present, lambda n: self.par(f"school_value_{self.listed[n]['school_level']}"), self.rest()
        )
        poor = le(self.couple_total("taxable_year"), limit)
        yield "SCH-5", poor, "probable", self.flemish().true, euro, self.payer()
        yield "SCH-6", TRUE, "no"

    def uitpas(self) -> Iterator[Any]:
        yield "UIT-1", self.input("held", "uitpas"), "has"
        nis = self.nis()
        rules = [rule for rule in self.parameters["uitpas"] if rule["nis"] == nis.of]
        rule = next((rule for rule in rules if self.holds(rule)), None)
        found = nis if nis.unknown else FALSE
        if not nis.unknown and rule is None:
            found = lacking(f"parameters.uitpas.{nis.of}") if rules else TRUE
        yield "UIT-2", found, "check", False, None, "no_rule_for_municipality"
        away = neg(self.input("household", "domiciled"))
        yield "UIT-3", away, "check", False, None, "not_domiciled"
        moved = neg(self.since(self.input("household", "residence_since"), "uitpas_move_months"))
        before = calc(
            lambda code: self.places.successor(code, self.on) != nis.of,
            self.input("household", "previous_nis"),
        )
        yield "UIT-4", then(moved, before), "check", False, None, "recently_moved"
        accepts = rule["accepts"]
        held = [self.input("held", name) for name in ("vt", "social_supplement") if name in accepts]
        wanted = [name for name in accepts if name not in ("vt", "social_supplement")]
        status = [self.somebody(lambda n: self.has(n, *wanted))] if wanted else []
        persons = self.count(lambda _n: TRUE)
        euro = calc(lambda value, count: value * count, self.par("uitpas_value_person"), persons)
        yield "UIT-5", either(*held, *status), "probable", rule["automatic"], euro
        amounts = rule["income"]
        poor = FALSE
        if amounts is not None:
            base = Value(Fraction(str(amounts["net_month_base"])))
            extra = Value(Fraction(str(amounts["net_month_per_person"])))
            limit = calc(lambda base, extra, count: base + extra * (count - 1), base, extra, persons)
            adults = self.total(lambda n: neg(self.minor(n)), lambda n: self.of(n, "net_month"), self.rest())
            poor = le(adults, limit)
        yield "UIT-6", poor, "probable", False, euro
        follows = [
            Value(name in accepts and self.outcomes[name] in ("probable", "check"))
            for name in ("vt", "social_supplement")
        ]
        yield "UIT-7", follows[0], "check", False, None, "depends_on_vt"
        yield "UIT-8", follows[1], "check", False, None, "depends_on_social_supplement"
        yield "UIT-9", TRUE, "no"

    def answers(self) -> list[dict[str, Any]]:
        rights = ("vt", "igo", "social_energy_tariff", "social_supplement", "school_allowance", "uitpas")
        return [self.decide(right, getattr(self, right)()) for right in rights]

    def decide(self, right: str, rows: Iterable[Any]) -> dict[str, Any]:
        """The first row that is not false decides; unknown gives check."""
        rule, condition, outcome, *more = next(row for row in rows if not row[1].false)
        automatic, euro, *blockers = *more, *(False, None)[len(more) :]
        if condition.unknown:
            expired = any(path.startswith("parameters.") for path in condition.missing)
            outcome, automatic, euro = "check", False, None
            blockers = ["parameter_expired"] if expired else []
        self.outcomes[right] = outcome
        return {
            "right": right,
            "outcome": outcome,
            "rule": rule,
            "missing": sorted(condition.missing),
            "blockers": sorted(blocker for blocker in blockers if blocker),
            "automatic": automatic,
            "euro_per_year": None if euro is None or euro.unknown else half_up(Fraction(euro.of)),
        }


def _exact(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Fraction(str(value)) if number else value


def answers(document: dict[str, Any], parameters: dict[str, Any], places: Any) -> list[dict[str, Any]]:
    """The six answers in the shape of the answer schema."""
    return Review(document, parameters, places).answers()
