"""YAML as editors read it (version 1.2, core schema): `NO` and dates are text, and keys are names; shares nothing with our reader."""

import re
from collections.abc import Callable
from typing import Any

import yaml

_PLAIN: dict[str, Callable[[str], Any]] = {
    r"~|null|Null|NULL|": lambda _: None,
    r"true|True|TRUE|false|False|FALSE": lambda text: text.lower() == "true",
    r"[-+]?[0-9]+": int,
    r"0x[0-9a-fA-F]+|0o[0-7]+": lambda text: int(text, 0),
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?": float,
    r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)": lambda text: float(text.lower().replace(".", "")),
}


def read(text: str) -> Any:
    node = yaml.compose(text, Loader=yaml.BaseLoader)
    assert node is not None
    return _value(node)


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    assert isinstance(node, yaml.ScalarNode)
    if node.style is not None:
        return node.value
    return next((meant(node.value) for pattern, meant in _PLAIN.items() if re.fullmatch(pattern, node.value)), node.value)
