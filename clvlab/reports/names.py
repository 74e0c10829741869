"""Names of pages: ``NAME.html``; in Chinese ``NAME.zh.html``; of a failed run ``NAME.failed.html``."""

from collections.abc import Sequence

from clvlab.errors import InputError
from clvlab.words import Locale

DEFAULT = "en"


def page_name(name: str, language: str, *, failed: bool = False) -> str:
    """The file of a page.

    Examples
    --------
    >>> page_name("churn", "en"), page_name("churn", "zh"), page_name("churn", "zh", failed=True)
    ('churn.html', 'churn.zh.html', 'churn.failed.zh.html')
    """
    parts = [name, *(["failed"] if failed else []), *([] if language == DEFAULT else [language]), "html"]
    return ".".join(parts)


def languages_asked(text: str) -> tuple[str, ...]:
    """Codes of languages, as the command line takes them: one, or several with commas between.

    Raises
    ------
    InputError
        There is no catalogue for one of them, or none is named.

    Examples
    --------
    >>> languages_asked("en,zh"), languages_asked("zh")
    (('en', 'zh'), ('zh',))
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise InputError("--language names no language. Write a code, such as en, or several: en,zh.")
    for each in found:
        Locale(each)  # one without words is refused before anything runs
    return found


def links(name: str, languages: Sequence[str], own: str, *, failed: bool = False) -> list[dict[str, str]]:
    """The same page in the other languages: code, name of the language in itself, file."""
    return [
        {"code": code, "name": Locale(code).say("report.language"), "page": page_name(name, code, failed=failed)}
        for code in languages
        if code != own
    ]
