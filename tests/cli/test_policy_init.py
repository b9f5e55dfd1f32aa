"""Does `handoff policy init` write a first policy from what it is given, and ask only a person for the rest?"""

import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from processor.cli.machine import PROGRAM
from processor.policy_file import check, load_policy
from processor.policy_file.first_policy import INDUSTRIES

Handoff = Callable[..., Result]

GIVEN = ("--industry", "saas", "--deal", "60000", "--cycle", "90", "--sdr", "3", "--ae", "2", "--zone", "Europe/Warsaw")
ALL = (*GIVEN, "--country", "pl", "--lang", "pl")
DONE, WRONG_USE = 0, 2


def test_it_writes_a_policy_that_passes_the_check(handoff: Handoff, tmp_path: Path):
    ran = handoff("policy", "init", *ALL)
    (tmp_path / "policy.yaml").write_text(ran.stdout, encoding="utf-8")
    assert (ran.exit_code, check(tmp_path / "policy.yaml")) == (DONE, [])
    assert ran.stdout.startswith("# Pierwsza umowa marketingu i sprzedaży")


def test_it_comes_into_force_on_a_first_day_of_a_month(handoff: Handoff, tmp_path: Path):
    handoff("policy", "init", *ALL, "--out", tmp_path / "policy.yaml")
    policy = load_policy(tmp_path / "policy.yaml")
    assert policy.first_calendar.local_date(policy.in_force_from).day == 1


def test_a_file_goes_into_a_folder_that_is_made_and_is_never_overwritten_unasked(handoff: Handoff, tmp_path: Path):
    out = tmp_path / "policies" / "pilot.yaml"
    first = handoff("policy", "init", *ALL, "--out", out)
    assert (first.exit_code, first.stdout, f"handoff policy check {out}" in first.stderr) == (DONE, "", True)
    out.write_text("mine")
    again = handoff("policy", "init", *ALL, "--out", out)
    assert (again.exit_code, out.read_text(), "--force" in again.stderr) == (WRONG_USE, "mine", True)
    assert handoff("policy", "init", *ALL, "--out", out, "--force").exit_code == DONE
    assert check(out) == []


def test_what_is_missing_is_named_where_nobody_can_be_asked(handoff: Handoff):
    ran = handoff("policy", "init", *GIVEN)
    assert (ran.exit_code, ran.stdout) == (WRONG_USE, "")
    assert "found no --lang, --country," in ran.stderr


def test_what_cannot_be_is_refused_with_its_option(handoff: Handoff):
    for option, value, says in (
        ("--deal", "much", "--deal: found 'much', expected an amount"),
        ("--cycle", "0", "--cycle: found '0', expected a whole number from 1"),
        ("--zone", "Warsaw", "--zone: found zone 'Warsaw'"),
        ("--country", "XX", "--country: found country 'XX'"),
        ("--industry", "magic", "--industry: found 'magic', expected one of saas"),
        ("--lang", "de", "--lang: found 'de', expected one of pl, en"),
    ):
        ran = handoff("policy", "init", *ALL, option, value)
        assert (ran.exit_code, says in ran.stderr) == (WRONG_USE, True), ran.stderr


def test_somebody_must_sell(handoff: Handoff):
    ran = handoff("policy", "init", *ALL, "--sdr", "0", "--ae", "0")
    assert (ran.exit_code, "found no SDR and no AE" in ran.stderr) == (WRONG_USE, True)


def test_help_names_every_industry(handoff: Handoff):
    said = handoff("policy", "init", "--help").stdout
    assert [word for word in INDUSTRIES if word not in said] == []


def test_at_a_terminal_it_asks_for_the_rest_until_the_answer_is_one(tmp_path: Path):
    ours, theirs = pty.openpty()
    out = tmp_path / "policy.yaml"
    with out.open("wb") as policy:
        process = subprocess.Popen(
            [*PROGRAM, "policy", "init", *GIVEN[2:]], stdin=theirs, stdout=policy, stderr=subprocess.PIPE, text=True, env=os.environ
        )
        os.write(ours, b"pl\nmagia\nsaas\n\n")  # language; an industry, at the second try; the country that is offered
        asked = process.communicate(timeout=60)[1]
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, check(out)) == (DONE, [])
    assert asked.startswith("Language of the comments (pl, en) [en]: Branża")
    assert "found 'magia'" in asked
    assert asked.endswith("Kraj świąt państwowych, dwie litery [PL]: ")
    assert "demo_request" in out.read_text(encoding="utf-8")
