"""`handoff policy init`: asks what a first policy depends on, and writes it; what stands in it is `policy_file.first_policy`'s."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from processor.cli.amounts import amount, whole
from processor.cli.options import WrongUse

LANGS = ("pl", "en")


def init(  # noqa: PLR0913, PLR0917 - one for each thing that the policy depends on
    industry: Annotated[str | None, typer.Option(help="saas, it_services, manufacturing, consulting, finance, ecommerce or other.")] = None,
    deal: Annotated[str | None, typer.Option(metavar="AMOUNT", help="A usual deal, in your currency.")] = None,
    cycle: Annotated[str | None, typer.Option(metavar="DAYS", help="From the first talk to the signature.")] = None,
    sdr: Annotated[str | None, typer.Option(metavar="N", help="People who call leads.")] = None,
    ae: Annotated[str | None, typer.Option(metavar="N", help="People who close deals.")] = None,
    zone: Annotated[str | None, typer.Option(help="Where sales works, such as Europe/Warsaw.")] = None,
    country: Annotated[str | None, typer.Option(metavar="CC", help="Whose public holidays are free, such as PL.")] = None,
    lang: Annotated[str | None, typer.Option(metavar="pl|en", help="Of the comments.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Where it goes.", show_default="standard output")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a first policy: a pilot of three months with few promises, and the reason beside each number.

    What is not given is asked for at a terminal. It comes into force on the first day of next month.

    Example: handoff policy init --industry saas --deal 100000 --cycle 90 --sdr 3 --ae 2 --zone Europe/Warsaw --country PL --lang en
    """
    company = {"industry": industry, "deal": deal, "cycle": cycle, "sdr": sdr, "ae": ae, "country": country, "zone": zone}
    if out is not None and out.exists() and not force:
        raise WrongUse(f"{out} is there already; name another file, or write over it with --force")
    text = _policy(_answers({"lang": lang, **company}))
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{out} cannot be written: {error.strerror}; name another file") from error
    typer.echo(f"wrote {out}; put in your own names, then run: handoff policy check {out}", err=True)


def _policy(answers: Mapping[str, Any]) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from processor.policy_file.first_policy import Company, first_policy

    today = datetime.now(ZoneInfo(answers["zone"])).date()
    next_month = today.replace(year=today.year + today.month // 12, month=today.month % 12 + 1, day=1)
    company = {name: answer for name, answer in answers.items() if name != "lang"}
    try:
        return first_policy(Company(**company), next_month, answers["lang"])
    except ValueError as error:
        raise WrongUse(str(error)) from error


def _answers(given: Mapping[str, str | None]) -> dict[str, Any]:
    """What was given or said at the terminal, as values. Raises WrongUse."""
    missing = [f"--{name}" for name, text in given.items() if text is None]
    if missing and not sys.stdin.isatty():
        raise WrongUse(f"found no {', '.join(missing)}, expected each of them, or a terminal at which to ask")
    answers: dict[str, Any] = {}
    for name, question in _QUESTIONS.items():
        text = given[name]
        if text is None:
            answers[name] = _ask(question, answers.get("lang", "en"))
        else:
            try:
                answers[name] = question.parse(text)
            except ValueError as error:
                raise WrongUse(f"--{name}: {error}") from error
    return answers


def _ask(question: "_Question", lang: str) -> Any:
    """Until the answer is one. The question goes to standard error, since the policy may go to standard output."""
    while True:
        default = f" [{question.default}]" if question.default else ""
        typer.echo(f"{question.words[lang]}{default}: ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        try:
            return question.parse(line.strip() or question.default)
        except ValueError as error:
            typer.secho(str(error), fg=typer.colors.RED, err=True)


def _industry(text: str) -> str:
    from processor.policy_file.first_policy import INDUSTRIES

    return _one_of(INDUSTRIES, text)


def _one_of(words: tuple[str, ...], text: str) -> str:
    if text not in words:
        raise ValueError(f"found {text!r}, expected one of {', '.join(words)}")
    return text


def _zone(text: str) -> str:
    from processor.domain.calendar import compile_calendar

    return compile_calendar("", text, {}).zone


def _country(text: str) -> str:
    from processor.domain.calendar import Holidays

    Holidays(text.upper())
    return text.upper()


class _Question(NamedTuple):
    words: Mapping[str, str]
    default: str
    parse: Callable[[str], Any]


_QUESTIONS = {
    "lang": _Question({"en": "Language of the comments (pl, en)"}, "en", lambda text: _one_of(LANGS, text)),
    "industry": _Question(
        {
            "en": "Industry (saas, it_services, manufacturing, consulting, finance, ecommerce, other)",
            "pl": "Branża (saas, it_services, manufacturing, consulting, finance, ecommerce, other)",
        },
        "other",
        _industry,
    ),
    "deal": _Question({"en": "A usual deal, in your currency", "pl": "Typowa transakcja, w waszej walucie"}, "", amount),
    "cycle": _Question({"en": "Sales cycle in days", "pl": "Cykl sprzedaży w dniach"}, "", lambda text: whole(text, 1, 1_825)),
    "sdr": _Question(
        {"en": "SDRs (people who call leads)", "pl": "SDR (osoby, które dzwonią do leadów)"}, "", lambda text: whole(text, 0, 999)
    ),
    "ae": _Question(
        {"en": "AEs (people who close deals)", "pl": "AE (osoby, które zamykają sprzedaż)"}, "", lambda text: whole(text, 0, 999)
    ),
    "country": _Question(
        {"en": "Country of the public holidays, two letters", "pl": "Kraj świąt państwowych, dwie litery"}, "PL", _country
    ),
    "zone": _Question({"en": "Time zone", "pl": "Strefa czasowa"}, "Europe/Warsaw", _zone),
}
