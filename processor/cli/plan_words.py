"""The words of a plan in two languages, and how its numbers are written; which of them are said is the screen's."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

Lang = Literal["pl", "en"]
Words: TypeAlias = Mapping[str, str]

WORDS: Mapping[Lang, Words] = {
    "en": {
        "title": "Plan for {period}: {revenue} in deals of {deal}",
        "year": "a year",
        "quarter": "a quarter",
        "dates": "from {first} to {last}",
        "stage": "stage",
        "needed": "needed",
        "month": "a month",
        "how": "how",
        "won": "won",
        "of_revenue": "revenue / deal",
        "of_won": "won / {share}",
        "of_sql": "SQL / {share}",
        "pipeline": "Pipeline needed: {pipeline}, {coverage} times the revenue.",
        "thin": "Thin: 3 to 4 times is usual, so that deals may fall through.",
        "usual": "That is usual: 3 to 4 times.",
        "heavy": "Heavy: 3 to 4 times is usual; look at what counts as an SQL, or at how deals are won.",
        "capacity": "Capacity by {policy}: {each} attempts a lead, {per_day} a day and rep",
        "team": "team",
        "share": "share",
        "attempts": "attempts",
        "reps": "reps",
        "days": "days",
        "slots": "slots",
        "load": "load",
        "all": "all",
        "share_given": "Shares as given.",
        "share_history": "Shares as in history.",
        "share_room": "Shares by what each team can work.",
        "fits": "It fits.",
        "fits_not": "It does not fit: {teams}.",
        "lacks": "{team} can work {mql} MQL, or needs more reps: {reps}",
        "lacks_days": "{team} has no open day",
        "history": "History: {handoffs} handoffs, {maturing} of them too young to count",
        "conversion": "conversion",
        "planned": "plan",
        "measured": "so far",
        "of": "of",
        "open": "open",
        "verdict": "verdict",
        "few": "too few to judge ({least} needed)",
        "reached": "history bears it out",
        "missed": "history does not bear it out",
        "undecided": "not decided: some are open",
        "as_measured": "At these rates: {won} won, {sql} SQL, {mql} MQL, {verdict}.",
        "which_fits": "which fits",
        "which_does_not": "which does not fit",
    },
    "pl": {
        "title": "Plan na {period}: {revenue} w transakcjach po {deal}",
        "year": "rok",
        "quarter": "kwartał",
        "dates": "od {first} do {last}",
        "stage": "etap",
        "needed": "potrzeba",
        "month": "na miesiąc",
        "how": "skąd",
        "won": "wygrane",
        "of_revenue": "przychód / transakcja",
        "of_won": "wygrane / {share}",
        "of_sql": "SQL / {share}",
        "pipeline": "Potrzebny pipeline: {pipeline}, {coverage} razy przychód.",
        "thin": "Za mały: zwykle jest to 3 do 4 razy, żeby część transakcji mogła przepaść.",
        "usual": "To zwykła wartość: 3 do 4 razy.",
        "heavy": "Za duży: zwykle jest to 3 do 4 razy; sprawdźcie, co jest liczone jako SQL i jak wygrywa się transakcje.",
        "capacity": "Możliwości według {policy}: próby na leada: {each}, na osobę dziennie: {per_day}",
        "team": "zespół",
        "share": "udział",
        "attempts": "próby",
        "reps": "osoby",
        "days": "dni",
        "slots": "możliwe",
        "load": "obciążenie",
        "all": "razem",
        "share_given": "Udziały jak podano.",
        "share_history": "Udziały jak w historii.",
        "share_room": "Udziały według możliwości zespołów.",
        "fits": "Mieści się.",
        "fits_not": "Nie mieści się: {teams}.",
        "lacks": "{team} obsłuży {mql} MQL, albo potrzeba więcej osób: {reps}",
        "lacks_days": "{team} nie ma ani jednego dnia pracy",
        "history": "Historia: przekazania: {handoffs}, w tym zbyt młode, by je liczyć: {maturing}",
        "conversion": "konwersja",
        "planned": "plan",
        "measured": "dotąd",
        "of": "z",
        "open": "w toku",
        "verdict": "ocena",
        "few": "za mało, by ocenić (trzeba {least})",
        "reached": "historia to potwierdza",
        "missed": "historia tego nie potwierdza",
        "undecided": "nierozstrzygnięte: część w toku",
        "as_measured": "Przy tych konwersjach: wygrane {won}, SQL {sql}, MQL {mql}; {verdict}.",
        "which_fits": "to się mieści",
        "which_does_not": "to się nie mieści",
    },
}


def number(value: Decimal | int, lang: Lang) -> str:
    """`1,000,000.5` or `1 000 000,5`; the space does not break."""
    written = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return written if lang == "en" else written.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")


def percent(share: Fraction, lang: Lang) -> str:
    """With one decimal where that says more."""
    tenths = round(share * 1000)
    return f"{number(Decimal(tenths) / 10 if tenths % 10 else tenths // 10, lang)}%"
