"""A policy file's sections as the frozen values of the domain; whether they work together is asked elsewhere (lint)."""

from collections.abc import Collection, Mapping

from processor.domain.calendar import Calendar
from processor.domain.policy import Attempts, Evidence, EvidenceSource, Policy, Requalify, ReturnReason, Segment, Team, TrackChoice
from processor.policy_file import format as f
from processor.policy_file.calendars import read_calendars, stand_in_calendar
from processor.policy_file.clocks import read_clocks
from processor.policy_file.conditions import read_condition
from processor.policy_file.document import Field
from processor.policy_file.scalars import (
    check_characters,
    read_date,
    read_elapsed,
    read_flag,
    read_instant,
    read_name,
    read_names,
    read_points,
    read_reference,
    read_span,
    read_whole,
    read_word,
)
from processor.policy_file.scoring import read_scoring
from processor.policy_file.targets import read_targets


def read_policy(root: Field) -> Policy:
    """What the file says; with stand-ins where an error was noted."""
    root.must_have(f.POLICY)
    in_force, owners, profile, retention = root["in_force"], root["owners"], root["profile"], root["retention"]
    in_force.must_have(f.IN_FORCE)
    owners.must_have(f.OWNERS)
    profile.must_have(f.PROFILE)
    retention.must_have(f.RETENTION)
    calendars = read_calendars(root["calendars"])
    teams = {entry.key: _team(entry) for entry in root["teams"].entries("a mapping of teams")}
    clocks = read_clocks(root["clocks"])
    return Policy(
        name=check_characters(root["policy"], read_name(root["policy"]), "/#"),
        version=read_whole(root["version"], least=1),
        in_force_from=read_instant(in_force["from"]),
        review_on=read_date(root["review_on"]),
        owners={"marketing": read_name(owners["marketing"]), "sales": read_name(owners["sales"])},
        calendars=calendars,
        evidence=_evidence(root["evidence"]),
        required_at_handoff=read_names(profile["required_at_handoff"]),
        handoff_carries=read_names(profile["handoff_carries"]),
        segments=_segments(root["segments"], calendars, teams),
        scoring=read_scoring(root["score"]),
        attempts=_attempts(root["attempts"]),
        clocks=clocks,
        pauses={entry.key: _pause(entry) for entry in root["pauses"].entries("a mapping from reasons to their limits")},
        restart_on_reassignment=read_word(root["on_reassignment"], ("keep", "restart")) == "restart",
        returns={entry.key: _return_reason(entry) for entry in root["returns"].entries("a mapping from reasons to what follows")},
        requalify=_requalify(root["requalify"]),
        teams=teams,
        targets=read_targets(root["targets"], [clock.name for clock in clocks]),
        closed_leads_kept_for=read_span(retention["closed_leads"]),
        dead_letters_kept_for=read_span(retention["dead_letters"]),
    )


def _evidence(field: Field) -> Evidence:
    field.must_have(f.EVIDENCE)
    return Evidence(
        sources=tuple(_source(entry) for entry in field["sources"].entries("a mapping of sources; {} for none")),
        grace=read_span(field["grace"], least=0),
        window=read_span(field["window"], least=0),
        max_backdating=read_span(field["max_backdating"], least=0),
    )


def _source(field: Field) -> EvidenceSource:
    field.must_have(f.SOURCE)
    return EvidenceSource(field.key, read_elapsed(field["max_silence"]))


def _segments(field: Field, calendars: Mapping[str, Calendar], teams: Collection[str]) -> tuple[Segment, ...]:
    segments = tuple(_segment(entry, calendars, teams) for entry in field.entries("a mapping of segments"))
    if field.is_mapping and not segments:
        field.refuse("no segment", "at least one", "a lead that no segment matches is never handed off")
    return segments


def _segment(field: Field, calendars: Mapping[str, Calendar], teams: Collection[str]) -> Segment:
    field.must_have(f.SEGMENT)
    return Segment(
        name=field.key,
        when=read_condition(field["when"]),
        team=read_reference(field["team"], teams),
        calendar=calendars.get(read_reference(field["calendar"], calendars)) or stand_in_calendar(),
        threshold=read_points(field["threshold"], least=0),
        min_fit=read_points(field["min_fit"]),
    )


def _attempts(field: Field) -> Attempts:
    field.must_have(f.ATTEMPTS)
    return Attempts(frozenset(read_names(field["channels"], f.CHANNELS)), read_span(field["min_spacing"], least=0))


def _pause(field: Field) -> int:
    field.must_have(f.PAUSE)
    return read_span(field["max"])


def _return_reason(field: Field) -> ReturnReason:
    """A reason that disqualifies enrols nobody, so it needs no track."""
    field.must_have(f.RETURN_REASON)
    nurture = field["nurture"]
    nurture.must_have(f.NURTURE)
    disqualifies = field["disqualify"].is_present and read_flag(field["disqualify"])
    if field.is_mapping and not disqualifies and not nurture.is_present:
        field.refuse("no nurture", "a track for who is returned so", "add nurture: {default: TRACK}, or disqualify: true")
    if disqualifies and nurture.is_present:
        nurture.warn("nurture beside disqualify", "one of them", "a disqualified lead is enrolled nowhere; remove nurture")
    return ReturnReason(
        fault=read_word(field["fault"], f.FAULTS),
        disqualifies=disqualifies,
        default_track=read_name(nurture["default"]) if nurture.is_present else None,
        tracks=tuple(_track_choice(item) for item in nurture["when"].items("a list of choices")) if nurture["when"].is_present else (),
    )


def _track_choice(field: Field) -> TrackChoice:
    if not field["track"].is_present:
        field.refuse("no track" if field.is_mapping else field.found, "conditions and the track that they choose", "add track: NAME")
    return TrackChoice(read_condition(field, beside=("track",)), read_name(field["track"]))


def _requalify(field: Field) -> Requalify:
    field.must_have(f.REQUALIFY)
    skips = field["fast_track_skips_cool_down"]
    return Requalify(
        cool_down=read_span(field["cool_down"], least=0),
        hysteresis=read_points(field["hysteresis"], least=0),
        fast_track_skips_cool_down=skips.is_present and read_flag(skips),
    )


def _team(field: Field) -> Team:
    field.must_have(f.TEAM)
    return Team(read_name(field["manager"]), {rep.key: _capacity(rep) for rep in field["reps"].entries("a mapping of reps")})


def _capacity(field: Field) -> int | None:
    field.must_have(f.REP)
    return read_whole(field["capacity"], least=1) if field["capacity"].is_present else None
