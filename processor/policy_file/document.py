"""A YAML file as a tree of fields, each with its path and line, which note what is wrong with them; what they mean stays outside.

Only plain YAML is taken: text stays text (`NO` is a country, not `false`), no tags, no anchors, no key twice, no second document.
A field that cannot be read notes it and gives a stand-in, so that one reading finds everything; a policy with an error is refused anyway.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from processor.policy_file.findings import Finding, Severity
from processor.policy_file.format import NAME_LENGTH_MAX
from processor.policy_file.shapes import Section

_NOT_TEXT = re.compile(r"-?[0-9.]*|true|false|null|~", re.IGNORECASE)  # without quotes
_DEEPEST = 20  # levels; the format has nine
_PLAIN_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


@dataclass(frozen=True, slots=True)
class Field:
    """A place in the file. `node` is None where nothing stands: such a field says nothing more, since its absence has been said."""

    file: str
    path: str
    key: str
    node: Node | None
    mark: yaml.Mark
    findings: list[Finding]

    def __getitem__(self, key: str | int) -> "Field":
        """The field of that name or position; where there is none, an absent one that points here."""
        return next((child for child in self.children if child.key == str(key)), None) or self.absent(key)

    def absent(self, key: str | int) -> "Field":
        """A field that is not there."""
        return Field(self.file, self._path_of(key), str(key), None, self.mark, self.findings)

    @property
    def is_present(self) -> bool:
        return self.node is not None

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, SequenceNode)

    @property
    def text(self) -> str | None:
        """A scalar as it is written, without its quotes; None for everything else."""
        return self.node.value if isinstance(self.node, ScalarNode) else None

    @property
    def is_quoted(self) -> bool:
        return isinstance(self.node, ScalarNode) and self.node.style is not None

    @property
    def found(self) -> str:
        if self.is_mapping:
            return "a mapping"
        if self.is_list:
            return "a list"
        if not self.is_quoted and self.text in (None, "", "~", "null"):
            return "nothing"
        return quoted(self.text or "")

    @property
    def said(self) -> str | None:
        """All of it in one line, as it could be written; None where nothing stands."""
        if self.is_mapping:
            return f"{{{', '.join(f'{child.key}: {child.said}' for child in self.children)}}}"
        if self.is_list:
            return f"[{', '.join(child.said or '' for child in self.children)}]"
        return quoted(self.text) if self.text is not None and self.is_quoted and _NOT_TEXT.fullmatch(self.text) else self.text

    def entries(self, expected: str = "a mapping") -> list["Field"]:
        """The fields of a mapping, in the file's order."""
        if self.is_mapping:
            return self.children
        self.refuse(self.found, expected)
        return []

    def items(self, expected: str = "a list") -> list["Field"]:
        if self.is_list:
            return self.children
        self.refuse(self.found, expected, f"write [{self.text}]" if self.text else "")
        return []

    def must_have(self, section: Section) -> None:
        """Notes what is missing from a mapping, and what nobody would read."""
        known = (*section.required, *section.optional)
        entries = self.entries(f"a mapping with {', '.join(section.required or known)}")
        for entry in entries:
            if entry.key not in known:
                to_do = did_you_mean(entry.key, known, "remove it")
                entry.refuse(f"the unknown key {quoted(entry.key)}", f"one of {', '.join(known)}", to_do)
        if self.is_mapping:
            for key in section.required:
                if key not in {entry.key for entry in entries}:
                    self[key].note("error", "nothing", f"the key {key}", f"add it to {self.path or 'the policy'}")

    def refuse(self, found: str, expected: str, to_do: str = "") -> None:
        if self.is_present:
            self.note("error", found, expected, to_do)

    def warn(self, found: str, expected: str, to_do: str = "") -> None:
        self.note("warning", found, expected, to_do)

    def note(self, severity: Severity, found: str, expected: str, to_do: str) -> None:
        self.findings.append(Finding(self.file, self.mark.line + 1, self.mark.column + 1, self.path, severity, found, expected, to_do))

    @property
    def children(self) -> list["Field"]:
        if isinstance(self.node, MappingNode):
            return [self._child(key.value, value, key) for key, value in self.node.value if isinstance(key, ScalarNode)]
        if isinstance(self.node, SequenceNode):
            return [self._child(n, value, value) for n, value in enumerate(self.node.value)]
        return []

    def _child(self, key: str | int, node: Node, stands_at: Node) -> "Field":
        mark = node.start_mark if isinstance(node, ScalarNode) and node.value else stands_at.start_mark
        return Field(self.file, self._path_of(key), str(key), node, mark, self.findings)

    def _path_of(self, key: str | int) -> str:
        if isinstance(key, int):
            return f"{self.path}[{key}]"
        return f"{self.path}.{key}" if self.path else key


def read_document(text: str, file: str, findings: list[Finding]) -> Field:
    """The root field, absent where the text is not YAML."""
    try:
        node = _Composer(text).get_single_node()
    except yaml.reader.ReaderError as error:  # a character that YAML does not allow
        line, character = text[: error.position].count("\n") + 1, ord(text[error.position])
        findings.append(Finding(file, line, 1, "", "error", f"the character U+{character:04X}", "printable text", "remove it"))
        return absent_document(file, findings)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(words for words in (error.context, error.problem) if words)
        findings.append(Finding(file, line, column, "", "error", problem, "plain YAML", error.note or ""))
        return absent_document(file, findings)
    if node is None:
        findings.append(Finding(file, 1, 1, "", "error", "an empty file", "a policy", "write the agreement into it"))
        return absent_document(file, findings)
    root = Field(file, "", "", node, node.start_mark, findings)
    _check_shape(root)
    return root


def absent_document(file: str, findings: list[Finding]) -> Field:
    return Field(file, "", "", None, yaml.Mark(file, 0, 0, 0, None, 0), findings)


class _Composer(yaml.BaseLoader):
    """Builds nodes only, all scalars as text; an anchor repeats what a reader of the agreement should see where it counts."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call] # types-PyYAML leaves it out
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(None, None, "an anchor or alias (& or *)", event.start_mark, "write the value out where it is used")
        if self.depth == _DEEPEST:
            raise yaml.MarkedYAMLError(None, None, f"more than {_DEEPEST} levels", event.start_mark, "a policy needs nine")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _check_shape(field: Field) -> None:
    """What is wrong with any tree, whatever it means."""
    assert field.node is not None
    if field.node.tag not in _PLAIN_TAGS:
        field.refuse(f"the tag {quoted(field.node.tag)}", "plain YAML", "remove the tag; nothing in a policy is executed")
    for stray in _stray_keys(field):
        replace(field, mark=stray.start_mark).refuse("a key that is no name", f"1 to {NAME_LENGTH_MAX} printable characters", "rename it")
    first_lines: dict[str, int] = {}
    for child in field.children:
        if field.is_mapping and child.key in first_lines:
            child.refuse(f"the key {quoted(child.key)} again", "each key once", f"it stands in line {first_lines[child.key]} too; keep one")
        first_lines.setdefault(child.key, child.mark.line + 1)
        _check_shape(child)


def _stray_keys(field: Field) -> Iterator[Node]:
    if isinstance(field.node, MappingNode):
        for key, _ in field.node.value:
            if not isinstance(key, ScalarNode) or not is_name(key.value):
                yield key


def is_name(text: str) -> bool:
    return 0 < len(text) <= NAME_LENGTH_MAX and text.isprintable()


def quoted(text: str) -> str:
    return json.dumps(text if len(text) <= 60 else f"{text[:60]}…", ensure_ascii=False)


def did_you_mean(found: str, known: Collection[str], otherwise: str) -> str:
    close = get_close_matches(found, known, n=1)
    return f"did you mean {quoted(close[0])}?" if close else otherwise
