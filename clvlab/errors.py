"""The errors clvlab raises. Each message states the rule, what was found, and the remedy."""


class InputError(ValueError):
    """Data or an argument breaks a rule: the message names the rule, what was found, and what to do."""


class FitError(RuntimeError):
    """A model could not be fitted or a number could not be computed: says what failed and what to try."""


class NoDay(InputError):
    """No table says when: nobody knows which day counts as now."""


class NoRows(InputError):
    """A source has columns and nothing under them."""
