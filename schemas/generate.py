"""The JSON Schemas in `schemas/json/`, one a type, made from the models: `python -m schemas.generate` after every change of one."""

import json
from pathlib import Path

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from schemas.events import EVENTS
from schemas.signals import SIGNALS
from schemas.values import Frozen

FOLDER = Path(__file__).parent / "json"


def published() -> dict[str, str]:
    """Of every type, in and out, the JSON Schema of its `data`, as text."""
    incoming = {name: _text(name, topic, model, "validation", _Closed) for name, (topic, model) in SIGNALS.items()}
    outgoing = {name: _text(name, topic, model, "serialization", _Outgoing) for name, (topic, model) in EVENTS.items()}
    return incoming | outgoing


def write(folder: Path = FOLDER) -> None:
    """Makes the folder hold what is published, and no other schema."""
    folder.mkdir(exist_ok=True)
    texts = published()
    for file in folder.glob("*.json"):
        if file.stem not in texts:
            file.unlink()
    for name, text in texts.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def _text(name: str, topic: str, model: type[Frozen], mode: JsonSchemaMode, generator: type[GenerateJsonSchema]) -> str:
    head = {"$schema": GenerateJsonSchema.schema_dialect, "title": name, "$comment": f"`data` of {name} on {topic}"}
    schema = model.model_json_schema(mode=mode, schema_generator=generator)
    return json.dumps(head | {key: value for key, value in schema.items() if key != "title"}, indent=2, ensure_ascii=False) + "\n"


class _Closed(GenerateJsonSchema):
    """Closed, so that a misspelt field is found where it is written, though consumers ignore it; and without titles that repeat names."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return super().model_schema(schema) | {"additionalProperties": False}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        return found | {"additionalProperties": False} if "patternProperties" in found else found

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - no field is an exception
        return False


class _Outgoing(_Closed):
    """What goes out leaves a field out that has no value, and never says null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


if __name__ == "__main__":
    write()
