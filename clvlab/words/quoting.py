"""What is quoted as it came, in its own language: between Unicode's isolates, which a terminal does not show."""

QUOTE, UNQUOTE = "\u2068", "\u2069"


def quoted(text: object) -> str:
    """Text between the marks.

    >>> unquoted(f"It says: {quoted('No such file.')}")
    'It says: No such file.'
    """
    return f"{QUOTE}{text}{UNQUOTE}"


def unquoted(text: str) -> str:
    """Text without the marks around what it quotes."""
    return text.replace(QUOTE, "").replace(UNQUOTE, "")
