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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _is_news(record: logging.LogRecord) -> bool:
    words = str(record.msg)
    return not (words.startswith(ROUTINE) or (words.startswith(SERVICE) and record.levelno < logging.WARNING))
