"""Numbers written as text: thousands separators, currency signs, 万 and 亿, full-width digits; one format a column."""

import re

import duckdb

from clvlab.data.sql import counts, number, quoted
from clvlab.errors import InputError
from clvlab.notes import Note

_TYPES = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")
_WIDE = "０１２３４５６７８９．，（）－−＋￥＄％　\u00a0\u202f\u2009’"
_NARROW = "0123456789.,()--+¥$%    '"
# Signs and codes of currencies, the longest first.
CURRENCIES = {
    "HK$": "HKD", "US$": "USD", "NT$": "TWD", "A$": "AUD", "C$": "CAD", "RMB": "CNY", "CNY": "CNY", "USD": "USD",
    "EUR": "EUR", "GBP": "GBP", "JPY": "JPY", "HKD": "HKD", "TWD": "TWD", "人民币": "CNY", "元": "CNY", "圆": "CNY",
    "美元": "USD", "欧元": "EUR", "港元": "HKD", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "¥": "¥", "$": "$",
}  # fmt: skip
_SIGNS = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_TIMES = {"万亿": 1e12, "亿": 1e8, "億": 1e8, "万": 1e4, "萬": 1e4}
_GROUPED = r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?"
_DOTTED = r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?"


def is_number(kind: str) -> bool:
    """Whether a DuckDB type holds numbers."""
    return kind.startswith(_TYPES) and kind not in ("UUID", "UNION")


def plain_number(role: str, kind: str) -> str:
    """SQL for a number as programs write it; NULL where it is none."""
    if is_number(kind):
        return f"{role}::DOUBLE"
    # DuckDB reads 1_000 as a number; no till writes one so.
    return f"CASE WHEN NOT contains({role}::VARCHAR, '_') THEN try_cast({role}::VARCHAR AS DOUBLE) END"


def number_sql(con: duckdb.DuckDBPyConnection, role: str, kind: str, column: str) -> tuple[str, list[Note]]:
    """Find how the column ``raw.role`` writes its numbers.

    Parameters
    ----------
    con : connection with ``raw``
    role : str
        Its name in ``raw``.
    kind : str
        Its DuckDB type.
    column : str
        Its name in the source, for messages.

    Returns
    -------
    (str, list of Note)
        SQL for a DOUBLE, NULL where the text is no number, and what was decided.

    Raises
    ------
    InputError
        The column writes decimals in two ways, or amounts in several currencies.
    """
    plain = plain_number(role, kind)
    if is_number(kind):
        return plain, []
    text = f"trim({role}::VARCHAR)"
    odd = f"{text} <> '' AND ({plain}) IS NULL"
    if not number(con, f"SELECT count(*) FROM raw WHERE {odd}"):
        return plain, []
    body, times, negative = _parts(text)
    digits = f"replace(replace({body}, ' ', ''), '''', '')"
    _one_currency(con, text, column)
    comma = _decimal_comma(con, digits, column)
    grouped, point, apart = (_DOTTED, ",", ".") if comma else (_GROUPED, ".", ",")
    alone = rf"[0-9]*\{point}?[0-9]*"
    value = f"try_cast(replace(replace({digits}, '{apart}', ''), '{point}', '.') AS DOUBLE)"
    fits = f"regexp_full_match({digits}, '({grouped})|({alone})')"
    signed = f"{value} * {times} * CASE WHEN {negative} THEN -1 ELSE 1 END"
    first = "" if comma else f"WHEN ({plain}) IS NOT NULL THEN {plain} "
    found = f"CASE {first}WHEN {fits} THEN {signed} END"
    example = con.execute(f"SELECT {text}, {found} FROM raw WHERE {odd} AND ({found}) IS NOT NULL LIMIT 1").fetchall()
    if not example:
        return found, []
    written, read = example[0]
    return found, [Note("data.numbers_read_as", column=column, written=str(written), value=float(read))]


def _parts(text: str) -> tuple[str, str, str]:
    """SQL for the digits, the power of ten that stands behind them, and whether they are below zero."""
    narrow = f"trim(translate({text}, {quoted(_WIDE)}, {quoted(_NARROW)}))"
    bare = f"regexp_replace({narrow}, {quoted(rf'(?i)(\s*({_SIGNS})\s*)')}, '')"
    # A sign may stand on both sides of the currency: -$5, $-5, ($5), 5-.
    sign = f"(starts_with({bare}, '-') OR ends_with({bare}, '-') OR regexp_full_match({bare}, '\\(.*\\)'))"
    inner = f"regexp_replace({bare}, '^\\((.*)\\)$', '\\1')"
    digits = f"trim(regexp_replace({inner}, '^[-+]|-$', ''))"
    times = "CASE " + " ".join(f"WHEN contains({narrow}, '{mark}') THEN {value}" for mark, value in _TIMES.items())
    digits = f"trim(regexp_replace({digits}, '\\s*(万亿|亿|億|万|萬)$', ''))"
    return digits, f"({times} ELSE 1 END)", sign


def _one_currency(con: duckdb.DuckDBPyConnection, text: str, column: str) -> None:
    mark = f"upper(regexp_extract(translate({text}, '￥＄', '¥$'), {quoted(rf'(?i)({_SIGNS})')}))"
    found = con.execute(
        f"SELECT {mark} AS mark, min(rowid) + 1 FROM raw WHERE {text} <> '' GROUP BY 1 ORDER BY 2"
    ).fetchall()
    signs = {CURRENCIES.get(sign, sign): row for sign, row in reversed(found) if sign}
    # A yen sign and 元 on one column mean the same money, as $ and US$ do.
    for sign, codes in (("¥", ("CNY", "JPY")), ("$", ("USD", "HKD", "AUD", "CAD", "TWD"))):
        same = [code for code in codes if code in signs]
        if sign in signs and len(same) == 1:
            del signs[sign]
    if len(signs) > 1:
        shown = ", ".join(f"{sign} (row {row})" for sign, row in sorted(signs.items(), key=lambda each: each[1])[:4])
        raise InputError(
            f"Amounts must be in one currency, and {column!r} holds more than one: {shown}. Convert them to one, "
            "or give their currencies in a column of their own with rates=."
        )


def _decimal_comma(con: duckdb.DuckDBPyConnection, digits: str, column: str) -> bool:
    """Whether the column writes decimals with a comma; 1,200 alone is twelve hundred."""
    dots, commas, point, comma = counts(
        con,
        "SELECT count(*) FILTER (dot), count(*) FILTER (com), min(row) FILTER (dot), min(row) FILTER (com) FROM ("
        f"SELECT rowid + 1 AS row, regexp_full_match({digits}, '[0-9]{{1,3}}(,[0-9]{{3}})+\\.[0-9]*|"
        "[0-9]{1,3}(,[0-9]{3}){2,}|[0-9]*\\.([0-9]{1,2}|[0-9]{4,})|[0-9]{4,}\\.[0-9]+') AS dot, "
        f"regexp_full_match({digits}, '[0-9]{{1,3}}(\\.[0-9]{{3}})+,[0-9]*|[0-9]{{1,3}}(\\.[0-9]{{3}}){{2,}}|"
        "[0-9]*,([0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]+') AS com FROM raw)",
    )
    # Up to one row in a hundred is taken for a slip of the pen, and stands in the ledger.
    if min(dots, commas) * 100 > max(dots, commas):
        raise InputError(
            f"Numbers in {column!r} are written in two ways: {dots} with a decimal point (row {point}) and {commas} "
            f"with a decimal comma (row {comma}). Write the column in one way."
        )
    return commas > dots
