"""The lines that `handoff tail --json` printed: each says where its record lay. What the records say is read elsewhere."""

import json
from collections.abc import Container, Iterable, Mapping
from typing import Any

_PLACE: Mapping[str, type] = {"topic": str, "partition": int, "offset": int, "loggedtime": str}


class WrongLine(Exception):
    """A file that cannot be judged: which line of which file, what was found there, and what to do."""

    def __init__(self, file: str, number: int, found: str, expected: str) -> None:
        self.file, self.number, self.found, self.expected = file, number, found, expected
        super().__init__(f"{file}, line {number}: {found}; expected {expected}")


def were_tailed(lines: Iterable[bytes]) -> bool:
    """Whether any line says an offset, as none of a replay's does."""
    return any(b'"offset"' in line and "offset" in _members(line) for line in lines)


def rows(lines: Iterable[bytes], file: str, inputs: Container[str]) -> list[tuple[Mapping[str, Any], bytes]]:
    """Each line with its members, by topic, partition and offset, whatever their order was. `file`: "inputs", of which all lie
    on those topics, or "outputs", of which none does.

    Raises WrongLine where a line does not say where its record lay, or says what another one said.
    """
    found: dict[tuple[str, int, int], tuple[int, Mapping[str, Any], bytes]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _members(line)
        for name, kind in _PLACE.items():
            if not isinstance(row.get(name), kind):
                said = f"no `{name}`" if name not in row else f"`{name}` {row[name]!r}"
                raise WrongLine(file, number, said, f"each line to say {', '.join(_PLACE)}, as `handoff tail --json` prints them")
        place = row["topic"], row["partition"], row["offset"]
        if (row["topic"] in inputs) != (file == "inputs"):
            raise WrongLine(file, number, f"a record of {row['topic']}", "the input topics in one file, the output topics in the other")
        if place in found:
            raise WrongLine(file, number, f"the record of line {found[place][0]} again", "each record once: tail into a new file")
        found[place] = number, row, line
    return [(row, line) for _, (_, row, line) in sorted(found.items())]


def _members(line: bytes) -> Mapping[str, Any]:
    """None, where it is no JSON object."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
