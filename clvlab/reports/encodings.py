"""The forms in which a secret may stand in a text."""

import base64
import html
import json
from functools import lru_cache
from urllib.parse import quote, quote_plus

_SHORTEST = 4


@lru_cache(maxsize=64)
def forms_of(secret: str) -> tuple[str, ...]:
    """A secret as it is, and escaped in Python, JSON, HTML and addresses, in hexadecimal and in base64; longest first.

    In base64 what a text becomes depends on what stands before it, so there are three forms of it, without the
    characters that its neighbours decide.

    Examples
    --------
    >>> "YWJjMTIz" in forms_of("abc123"), "616263313233" in forms_of("abc123"), "a%2Fb%26c" in forms_of("a/b&c")
    (True, True, True)
    """
    content = secret.encode()
    found = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1],
             html.escape(secret), html.escape(secret, quote=False), quote(secret), quote(secret, safe=""),
             quote_plus(secret), content.hex(), content.hex().upper()}  # fmt: skip
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * before + content).decode().rstrip("=")
            whole = (before + len(content)) * 8 // 6  # characters that nothing behind it decides
            found.add(text[-(-before * 8 // 6) : whole])
    shortest = min(_SHORTEST, len(secret))
    return tuple(sorted((form for form in found if len(form) >= shortest), key=lambda form: (-len(form), form)))
