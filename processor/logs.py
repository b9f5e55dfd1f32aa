"""Logs: one JSON object a line on standard error, from our code and from libraries; of a person they bear nothing but the lead's id."""

import logging
import sys
from typing import Any

import structlog

# What these say below a warning is about their insides; what they say above it is kept.
QUIET = ("aiokafka", "asyncio", "faust", "kafka", "mode")
ROUTINE = (  # warnings of Faust's that are no news here
    "Topic creation disabled!",
    "Missing sensor state for rebalance",
)
AGAIN_S = 10.0
WORDS_KNOWN = 1000
SERVICE = "[^"  # how mode begins what a service says: our subclasses of Faust's services say it under our names


def configure(level: str = "INFO") -> None:
    """Call once, before anything logs. Fields: `timestamp`, `level`, `logger`, `event`; where they apply `lead`, `partition`, `offset`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        )
    )
    handler.addFilter(_is_news)
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class Repeats(logging.Filter):
    """Passes what a library says again only after a while, with how often it was said since: without a broker, a hundred times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}  # when it was passed, how often it was not since

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(QUIET):
            return True
        words, now = (record.name, str(record.msg)), record.created
        passed, kept = self._said.get(words, (-AGAIN_S, 0))
        if now - passed < AGAIN_S:
            self._said[words] = passed, kept + 1
            return False
        if len(self._said) > WORDS_KNOWN:
            self._said.clear()
        self._said[words] = now, 0
        if kept:
            record.msg = f"{record.msg} (and {kept} more like it)"
        return True


def _is_news(record: logging.LogRecord) -> bool:
    words = str(record.msg)
    return not (words.startswith(ROUTINE) or (words.startswith(SERVICE) and record.levelno < logging.WARNING))
