"""Comments counted: which topics they mention, and which words tell dissatisfied customers from satisfied ones."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import rjieba

from clvlab.customers.intervals import mean, share
from clvlab.customers.voice.answers import answers_of
from clvlab.data.hiding import hider
from clvlab.errors import InputError

EXAMPLES = 3
LONGEST_EXAMPLE = 120  # characters
NO_TOPIC = "no_topic"
PRIOR = 500.0  # words that the prior of telling words counts for

type Topics = Mapping[str, Sequence[str]]


def read_topics(path: str | Path | None = None) -> dict[str, tuple[str, ...]]:
    """Topics with their words: those that come with the package, or of a file like ``topics.toml``.

    Parameters
    ----------
    path : path, optional
        TOML with a table a topic, lists of words in it: ``[delivery] en = ["late"]  zh = ["物流"]``.

    Raises
    ------
    InputError
        No such file, or one of another form.

    Examples
    --------
    >>> list(read_topics())
    ['quality', 'price', 'delivery', 'service', 'website']
    """
    source = files("clvlab.customers.voice").joinpath("topics.toml") if path is None else Path(path)
    form = 'A topic is a table with lists of words: [delivery] en = ["late"] zh = ["物流"]'
    if path is not None and not Path(path).is_file():
        raise InputError(f"There is no file of topics {str(path)!r}. {form}.")
    try:
        told = tomllib.loads(source.read_text(encoding="utf-8"))
        found = {
            name: tuple(str(word).casefold() for words in own.values() for word in words) for name, own in told.items()
        }
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} holds no topics ({error}). {form}.") from None
    empty = [name for name, words in found.items() if not words]
    if empty or not found:
        raise InputError(f"{str(path)!r} has no words for {', '.join(empty) or 'any topic'}. {form}.")
    return found


@cache
def common_words() -> frozenset[str]:
    """Stop words: they distinguish nothing."""
    told = tomllib.loads(files("clvlab.customers.voice").joinpath("common_words.toml").read_text(encoding="utf-8"))
    return frozenset(word for words in told.values() for word in words)


@cache
def words_of(text: str) -> tuple[str, ...]:
    """Words of a comment in lower case, Chinese cut by a segmenter.

    Examples
    --------
    >>> words_of("Delivery was late, 快递太慢")
    ('delivery', 'was', 'late', '快递', '太慢')
    """
    return tuple(word for word in rjieba.cut(text.casefold()) if re.search(r"\w", word))


def topics_of(text: str, topics: Topics) -> frozenset[str]:
    """Topics that a comment mentions.

    Examples
    --------
    >>> sorted(topics_of("快递太慢，价格也贵", read_topics()))
    ['delivery', 'price']
    """
    words, whole = words_of(text), text.casefold()
    return frozenset(name for name, own in topics.items() if any(_mentions(words, whole, word) for word in own))


def _mentions(words: Sequence[str], whole: str, word: str) -> bool:
    if word.isascii():
        return any(each.startswith(word) for each in words)
    return word in words or (len(word) > 1 and word in whole)


def mentions(comments: pd.Series, topics: Topics | None = None) -> pd.DataFrame:
    """Which topics each comment mentions.

    Parameters
    ----------
    comments : Series of text
        Missing and blank ones mention nothing.
    topics : mapping of topic to words, optional

    Returns
    -------
    DataFrame, indexed like ``comments``
        A column of flags a topic, and "no_topic": written, and about none of them.
    """
    known = read_topics() if topics is None else topics
    code, texts = pd.factorize(comments)
    each = [topics_of(str(text), known) if str(text).strip() else None for text in texts]
    table = np.array(
        [[name in (own or ()) for name in known] + [own is not None and not own] for own in each], dtype=bool
    )
    table = np.vstack([table.reshape(len(each), len(known) + 1), np.zeros((1, len(known) + 1), dtype=bool)])
    return pd.DataFrame(table[code], index=comments.index, columns=[*known, NO_TOPIC])  # a missing one has code -1


def topic_table(comments: pd.Series, scores: pd.Series | None = None, *, topics: Topics | None = None) -> pd.DataFrame:
    """How many comments mention each topic, and how satisfied those are who do.

    Parameters
    ----------
    comments : Series of text
    scores : Series, optional
        Of the same answers; a mean is taken.
    topics : mapping of topic to words, optional

    Returns
    -------
    DataFrame, index topic, the most mentioned first, "no_topic" last
        comments, share with low and high (of all comments written; 95 % confidence interval); score with score_low and
        score_high; examples: up to three different comments, the most frequent first, then as they stand.

    Examples
    --------
    >>> told = topic_table(pd.Series(["late again", "价格太贵", "fine", None]))
    >>> told["comments"].to_dict()
    {'price': 1, 'delivery': 1, 'quality': 0, 'service': 0, 'website': 0, 'no_topic': 1}
    """
    found = mentions(comments, topics)
    written = found.any(axis=1)
    given = None if scores is None else answers_of(scores, "the scores beside comments")
    n = int(written.sum())
    rows = {}
    for topic in found.columns:
        own = found[topic].to_numpy()
        value, low, high = (float(each) for each in share(int(own.sum()), n))
        row: dict[str, object] = {"comments": int(own.sum()), "share": value, "low": low, "high": high}
        if given is not None:
            known = given[own & ~np.isnan(given)]
            ends = mean(len(known), known.sum(), (known**2).sum(), (known**3).sum())
            row |= dict(zip(("score", "score_low", "score_high"), (float(each) for each in ends), strict=True))
        shown = comments[own].value_counts(sort=True).index[:EXAMPLES]
        # whoever wrote a comment may have signed it: where identifiers are hidden, none is quoted
        row["examples"] = (
            tuple(_short(str(each)) for each in shown) if hider() is None else ("•••",) * min(len(shown), 1)
        )
        rows[topic] = row
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("topic")
    last = (table.index == NO_TOPIC).astype(int)
    return (
        table.assign(last=last)
        .sort_values(["last", "comments"], ascending=[True, False], kind="stable")
        .drop(columns="last")
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def telling_words(comments: pd.Series, low: pd.Series, high: pd.Series, *, most: int = 10) -> pd.DataFrame:
    """Words that dissatisfied customers use more than satisfied ones, and the other way round.

    Log odds of a word in one group against the other, with a prior that expects the share it has in both, over their
    standard error (Monroe, Colaresi & Quinn, 2008): rare words need more to stand out. A word counts once a comment.

    Parameters
    ----------
    comments : Series of text
    low, high : Series of bool
        Whose comments are compared.
    most : int
        Words a side.

    Returns
    -------
    DataFrame, index word, the most dissatisfied first
        group ("low", "high"), low, high (comments of each with it), z. Only words with z beyond 2 on either side.
    """
    counts: dict[str, list[int]] = {}
    total = [0, 0]
    for side, flags in enumerate((low, high)):
        for text, times in comments[flags.fillna(False).astype(bool)].dropna().value_counts().items():
            own = {word for word in words_of(str(text)) if word not in common_words() and not word.isdigit()}
            total[side] += times * len(own)
            for word in sorted(own):
                counts.setdefault(word, [0, 0])[side] += int(times)
    table = pd.DataFrame.from_dict(counts, orient="index", columns=["low", "high"]).rename_axis("word")
    if table.empty or not all(total):
        return table.assign(group="", z=0.0).iloc[:0]
    y = table.to_numpy(dtype=float)
    prior = PRIOR * y.sum(axis=1, keepdims=True) / sum(total)
    above = y + prior
    odds = np.log(above / (np.array(total) + PRIOR - above))
    z = (odds[:, 0] - odds[:, 1]) / np.sqrt((1.0 / above).sum(axis=1))
    table = table.assign(z=z, group=np.where(z > 0, "low", "high"))
    table = table[np.abs(z) > 2.0].sort_values("z", ascending=False, kind="stable")
    return pd.concat([table[table["group"] == "low"].head(most), table[table["group"] == "high"].tail(most)])
