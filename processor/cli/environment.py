"""The settings that a command works under: the environment's, over which its options win; what is wrong with one is said in words."""

from typing import TYPE_CHECKING, Any

from processor.cli.options import WrongUse

if TYPE_CHECKING:
    from processor.settings import Settings


def settings(**options: Any) -> "Settings":
    """An option that was not given is None. Raises WrongUse."""
    from pydantic import ValidationError

    from processor.settings import Settings

    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        wrong = [f"HANDOFF_{str(found['loc'][0]).upper()} is {found['input']!r}: {found['msg']}" for found in error.errors()]
        raise WrongUse("\n".join(wrong)) from error
