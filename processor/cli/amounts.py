"""Amounts, shares and whole numbers as people give them to a command; each parser raises ValueError with what was found and expected."""

import re
from decimal import Decimal
from fractions import Fraction

_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")
_SHARE = re.compile(r"([0-9]{1,3}(\.[0-9]{1,4})?)%")


def amount(text: str) -> Decimal:
    """More than nothing, with a point where there are decimals."""
    if not _AMOUNT.fullmatch(text) or not Decimal(text):
        raise ValueError(f"found {text!r}, expected an amount of more than nothing such as 100000 or 2500.50")
    return Decimal(text)


def share(text: str) -> Fraction:
    """From over 0% to 100%, as a number from 0 to 1."""
    written = _SHARE.fullmatch(text)
    if written is None or not 0 < Decimal(written[1]) <= 100:
        to_do = f"; write {text}%" if re.fullmatch(r"[0-9.]+", text) else ""
        raise ValueError(f"found {text!r}, expected a share of more than 0% up to 100%, such as 25% or 12.5%{to_do}")
    return Fraction(written[1]) / 100


def whole(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ValueError(f"found {text!r}, expected a whole number from {least} to {most}")
    return int(text)
