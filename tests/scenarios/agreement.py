"""The standard agreement and what a transcript changes in it; judging by it stays outside."""

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from processor.domain.policy import Policies
from processor.policy_file import load_policies

STANDARD = Path(__file__).parents[1] / "conformance" / "01-friday-afternoon" / "policy.yaml"
GONE = "gone"


class Change(NamedTuple):
    """`path` is dotted; of a list of named things (rules) it has the name, a new name stands last. `value` is YAML, or GONE."""

    path: str
    value: str


def agreed(versions: Sequence[tuple[Change, ...]]) -> Policies:
    """The versions in their order, each the one before it with its changes. PolicyError where the policy check refuses one."""
    return _load(tuple(versions))


@cache
def _load(versions: tuple[tuple[Change, ...], ...]) -> Policies:
    with tempfile.TemporaryDirectory() as folder:
        for n in range(len(versions)):
            root = _composed(STANDARD.read_text(encoding="utf-8"))
            for change in (change for version in versions[: n + 1] for change in version):
                _make(root, change)
            _make(root, Change("version", str(n + 1)))
            (Path(folder) / f"{n + 1}.yaml").write_text(yaml.serialize(root, Dumper=yaml.BaseDumper), encoding="utf-8")
        return load_policies(Path(folder))


def _make(root: Node, change: Change) -> None:
    *above, last = change.path.split(".")
    node = root
    for key in above:
        node = _children(node)[key]
    old = _children(node).get(last)
    new = None if change.value == GONE else _composed(change.value)
    if new is None and old is None:
        raise KeyError(change.path)
    if isinstance(node, SequenceNode):
        node.value = [new if item is old else item for item in node.value if item is not old or new] + [new] * (old is None)
    else:
        node.value = [(key, new if value is old else value) for key, value in node.value if value is not old or new]
        node.value += [(ScalarNode("tag:yaml.org,2002:str", last), new)] * (old is None)


def _composed(text: str) -> Node:
    """As it is written: 1 is not taken for "1", nor a date for an instant."""
    node = yaml.compose(text, yaml.BaseLoader)
    assert node is not None, "no YAML"
    return node


def _children(node: Node) -> dict[str, Node]:
    if isinstance(node, SequenceNode):
        return {_children(item)["name"].value: item for item in node.value}
    assert isinstance(node, MappingNode)
    return {key.value: value for key, value in node.value}
