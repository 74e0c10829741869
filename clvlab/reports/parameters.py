"""Turn ``-p NAME=VALUE`` into typed values for the notebooks that know NAME, and keep secrets out of what is kept."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import cast

from clvlab.data.sources.address import address_secrets, is_database, names_records, shown_address
from clvlab.errors import InputError
from clvlab.parameters import BEHIND, rule_broken
from clvlab.reports.declared import Parameter, without_effect
from clvlab.reports.encodings import forms_of
from clvlab.words import Locale

MASK = "•••"
EXHIBIT = "application/vnd.clvlab.exhibit+json"
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|api_?key|access_?key|private_?key|identifier_?key|credential|connection_string|\bpwd\b",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):([^/@\s]+)(?=@)")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def coerce(parameter: Parameter, text: str) -> object:
    """Turn the text given for a parameter into its declared type.

    Parameters
    ----------
    parameter : Parameter
        What is declared.
    text : str
        What was given. Lists and mappings are JSON; dates stay text; ``none`` is None where the type allows
        it. The types of ``clvlab.parameters`` have rules of their own; a File or Folder is made absolute.

    Raises
    ------
    InputError
        The text is not of that type.

    Examples
    --------
    >>> coerce(Parameter("rate", "float", 0.1), "0.15")
    0.15
    >>> coerce(Parameter("as_of", "Day | None", None), "1998-06-30")
    '1998-06-30'
    >>> coerce(Parameter("unit", "Unit", "week"), "quarter")
    Traceback (most recent call last):
    clvlab.errors.InputError: The parameter unit takes one of day, week, month, year; got 'quarter'.
    """
    declared = parameter.type.replace(" ", "")
    declared = re.sub(r"^(?:typing\.)?Optional\[(.*)\]$", r"\1|None", declared)
    options = _split_union(declared)
    if "None" in options and text.strip().lower() in ("", "none", "null"):
        return None
    ours = [option for option in options if option in BEHIND]
    options = [BEHIND.get(option, option) for option in options]
    order = ["bool", "int", "float", "list", "tuple", "dict", "str"]
    kinds = sorted(
        {re.split(r"[\[.]", option)[0].lower() for option in options if option != "None"},
        key=lambda kind: order.index(kind) if kind in order else len(order),
    )
    for kind in kinds or ["str"]:
        try:
            value = _as(kind, text)
        except ValueError:
            continue
        for rule in (rule_broken(each, value) for each in ours):
            if rule is not None:
                raise InputError(f"The parameter {parameter.name} takes {rule}; got {text!r}.")
        return _absolute(str(value)) if {"File", "Folder"} & set(ours) else value
    if ours:
        rule = rule_broken(ours[0], None)
        raise InputError(f"The parameter {parameter.name} takes {rule or parameter.type}; got {text!r}.")
    example = {"bool": "true", "int": "52", "float": "0.1", "list": '["a", "b"]', "dict": '{"a": 1}'}
    hint = f", for example {parameter.name}={example[kinds[0]]}" if kinds[0] in example else ""
    raise InputError(f"The parameter {parameter.name} takes {parameter.type}{hint}; got {text!r}.")


def _absolute(value: str) -> str:
    """A path made absolute; an address of a database or bucket as it is."""
    return value if "://" in value or is_database(value) else str(Path(value).expanduser().absolute())


def _split_union(declared: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for position, character in enumerate(declared):
        depth += (character == "[") - (character == "]")
        if character == "|" and depth == 0:
            parts.append(declared[start:position])
            start = position + 1
    return [*parts, declared[start:]]


def _as(kind: str, text: str) -> object:
    if kind == "bool":
        if text.strip().lower() in _TRUE + _FALSE:
            return text.strip().lower() in _TRUE
        raise ValueError(text)
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    if kind in ("list", "tuple", "dict", "sequence", "mapping"):
        value = json.loads(text)
        if isinstance(value, dict) != (kind in ("dict", "mapping")) or not isinstance(value, dict | list):
            raise ValueError(text)
        return value
    return text


def meaning(notebook: str, parameter: Parameter, locale: Locale) -> str:
    """What a parameter of a notebook means, as its reader is told; of a notebook of one's own, its comment."""
    own = f"{notebook}.{parameter.name}"
    said = locale.label("parameter", own)
    if said == own:
        said = locale.label("parameter", parameter.name)
    return parameter.comment if said == parameter.name else said


def assign(
    notebooks: Mapping[str, Sequence[Parameter]],
    given: Iterable[str],
    *,
    orders: str | None = None,
    language: str | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> dict[str, dict[str, object]]:
    """Hand each notebook the parameters it knows and that have an effect there.

    Parameters
    ----------
    notebooks : mapping
        Name of each chosen notebook to its parameters.
    given : iterable of str
        ``NAME=VALUE`` texts, as on the command line.
    orders : str, optional
        Path of the orders, for every notebook with a parameter of that name.
    language : str, optional
        For every notebook with a parameter of that name that is given none.
    warn : callable, optional
        Told of a parameter that is left out of one notebook, where it has no effect, as it has one in another.

    Returns
    -------
    dict
        Name of each notebook to its values.

    Raises
    ------
    InputError
        A text without ``=``, a value of the wrong type, a name no chosen notebook knows, or a value without an effect
        in any.

    Examples
    --------
    >>> assign({"value": [Parameter("horizon", "int", 52)], "churn": []}, ["horizon=26"])
    {'value': {'horizon': 26}, 'churn': {}}
    """
    known = sorted({parameter.name for parameters in notebooks.values() for parameter in parameters})
    values: dict[str, dict[str, object]] = {name: {} for name in notebooks}
    texts = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"A parameter is given as NAME=VALUE; got {text!r}.")
        texts.append((name.strip(), value))
    if orders is not None:
        texts.append(("orders", orders))
    for name, value in texts:
        takers = 0
        for notebook, parameters in notebooks.items():
            for parameter in parameters:
                if parameter.name == name:
                    values[notebook][name] = coerce(parameter, value)
                    takers += 1
        if not takers:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            listed = ", ".join(known) if known else "none"
            raise InputError(f"No chosen notebook has a parameter {name!r}.{hint} Known: {listed}.")
    _leave_out_idle(notebooks, values, warn)
    for notebook, parameters in notebooks.items():
        if language is not None and any(parameter.name == "language" for parameter in parameters):
            values[notebook].setdefault("language", language)
        if "language" in values[notebook]:
            Locale(cast(str, values[notebook]["language"]))  # a language without words is refused before anything runs
    return values


def _leave_out_idle(
    notebooks: Mapping[str, Sequence[Parameter]],
    values: Mapping[str, dict[str, object]],
    warn: Callable[[str], None],
) -> None:
    """Take out what has no effect in a notebook; refuse what has none in any."""
    idle = {notebook: without_effect(parameters, values[notebook]) for notebook, parameters in notebooks.items()}
    told: dict[str, dict[str, str]] = {}
    for notebook, reasons in idle.items():
        for name, reason in reasons.items():
            told.setdefault(name, {})[notebook] = reason
    for name, of in told.items():
        if not any(name in given and name not in idle[notebook] for notebook, given in values.items()):
            raise InputError(f"The parameter {name} has no effect {next(iter(of.values()))}.")
        for notebook, reason in of.items():
            del values[notebook][name]
            warn(f"{notebook}: {name} is left out, as it has no effect {reason}")


def in_parameters(message: str, declared: Iterable[Parameter]) -> str:
    """An error of the library in a report's words: the arguments it names, by the parameters that set them.

    >>> in_parameters("Name the column by amount=, or pass unit='week'.", [Parameter("amount_column", "Column", None)])
    "Name the column by -p amount_column=, or pass unit='week'."
    """
    names = {each.name for each in declared}

    def said(found: re.Match[str]) -> str:
        others = {"end": "as_of", "attributes": "segment_column", "segment": "segment_column"}
        own = next((n for n in (f"{found[1]}_column", found[1], others.get(found[1])) if n in names), None)
        return found[0] if own is None else f"-p {own}="

    return re.sub(r"(?<![\w.-])([a-z_]+)=(?!=)", said, message)


def is_secret(name: str) -> bool:
    """Whether a parameter of this name holds a secret.

    >>> is_secret("db_password"), is_secret("horizon")
    (True, False)
    """
    return bool(_SECRET_NAME.search(name))


def masked(parameters: Mapping[str, object]) -> dict[str, object]:
    """Parameters as they may be shown and kept: secrets are blanked out, addresses of databases say no more than where.

    >>> masked({"api_key": "abc", "source": "postgres://me:pw@host/db"})
    {'api_key': '•••', 'source': 'postgres://me:•••@host/db'}
    """
    return {name: MASK if is_secret(name) and value else _mask_value(value) for name, value in parameters.items()}


def _mask_value(value: object) -> object:
    if not isinstance(value, str):
        return value
    return shown_address(value) if names_records(value) else _URL_PASSWORD.sub(rf"\1:{MASK}", value)


def secrets_in(parameters: Mapping[str, object]) -> list[str]:
    """Texts that must not be kept anywhere. Below four characters a text is part of too many words."""
    found = [str(value) for name, value in parameters.items() if is_secret(name) and value]
    for value in parameters.values():
        if isinstance(value, str):
            found += address_secrets(value) if names_records(value) else [m[2] for m in _URL_PASSWORD.finditer(value)]
    return sorted({text for text in found if len(text) >= 4}, key=lambda text: (-len(text), text))


def secrets_around(environment: Mapping[str, str]) -> list[str]:
    """What the environment holds under names of secrets: a notebook may read and print it. Short values are words.

    >>> secrets_around({"SHOP_PASSWORD": "hunter2hunter2", "API_TOKEN": "true", "HOME": "/home/somebody"})
    ['hunter2hunter2']
    """
    return [value for name, value in environment.items() if is_secret(name) and len(value) >= 8]


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Blank out secrets in a text, also where they stand escaped or encoded.

    >>> scrub("token is abc123, in base64 YWJjMTIz", ["abc123"])
    'token is •••, in base64 •••'
    """
    for secret in secrets:
        for form in forms_of(secret):
            text = text.replace(form, MASK)
    return text


def scrub_outside_pictures(page: str, secrets: Sequence[str]) -> str:
    """Blank out secrets on a page; its pictures and drawings, made of what was scrubbed, stay as they are.

    >>> scrub_outside_pictures('<p>abc123</p><img src="data:image/png;base64,abc123">', ["abc123"])
    '<p>•••</p><img src="data:image/png;base64,abc123">'
    """
    if not secrets:
        return page
    parts = re.split(r"(data:image/[^\"')]*|<svg class=\"drawing.*?</svg>)", page, flags=re.DOTALL)
    return "".join(part if i % 2 else scrub(part, secrets) for i, part in enumerate(parts))


def scrub_all(value: object, secrets: Sequence[str]) -> object:
    """Blank out secrets in every text inside lists and mappings; pictures stay as they are.

    >>> scrub_all({"text": ["abc123!"], "image/png": "abc123"}, ["abc123"])
    {'text': ['•••!'], 'image/png': 'abc123'}
    """
    if not secrets:
        return value
    if isinstance(value, dict):
        kept = ("image/", EXHIBIT)  # pictures; and exhibits, which ``record.scrubbed`` knows from within
        return {k: v if str(k).startswith(kept) else scrub_all(v, secrets) for k, v in value.items()}
    if isinstance(value, list):
        return [scrub_all(item, secrets) for item in value]
    return scrub(value, secrets) if isinstance(value, str) else value
