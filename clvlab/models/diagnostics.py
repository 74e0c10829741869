"""Whether a fit can be trusted, in numbers and in plain words."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Diagnostics:
    """What estimation says of itself.

    Attributes
    ----------
    trusted : bool
        Nothing below is a reason for doubt.
    messages : tuple of str
        Each reason for doubt, with what to try.
    values : dict
        After maximum likelihood: iterations, gradient_norm (of the log-likelihood in the log parameters, per
        customer), condition_number (of the observed information on the log scale). After NUTS or Gibbs: r_hat,
        ess_bulk, ess_tail, divergences (of NUTS), chains, draws. After Laplace: iterations, k_hat, effective_draws.
    notes : tuple of str
        What a reader should know that is no reason for doubt.
    left_out : dict
        Reason to the labels of customers that the model cannot use.
    """

    values: dict[str, float] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: dict[str, list[object]] = field(default_factory=dict)

    @property
    def trusted(self) -> bool:
        """Whether nothing gave a reason for doubt."""
        return not self.messages

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in self.values.items())
        return "\n".join([numbers or "parameters given, not fitted", *self.messages, *self.notes])


def of_maximum(
    *,
    iterations: int,
    gradient_norm: float,
    condition_number: float,
    identified: bool,
    edge: list[str],
    sampler: str,
) -> Diagnostics:
    """After maximum likelihood that converged.

    Parameters
    ----------
    edge : list of str
        Parameters that ran to the edge of what is searched, a factor of 100,000 from where they started.
    sampler : str
        The method whose priors would help.
    """
    remedy = (
        "standard errors and intervals are withheld. Point forecasts still hold as far as the model does. A longer "
        f"calibration period, or method={sampler!r}, whose priors settle what the data do not, are the remedies."
    )
    messages: tuple[str, ...] = ()
    if edge:
        messages = (
            f"The likelihood keeps rising as {', '.join(edge)} run to 0 or infinity: that part of the story is absent "
            f"from these customers (nobody seems to drop out, or all behave alike), so {remedy}",
        )
    elif not identified:
        messages = (
            f"The likelihood is a ridge (condition number {condition_number:.2g}): some combination of parameters is "
            f"not told apart by these customers, so {remedy}",
        )
    values = {"iterations": iterations, "gradient_norm": gradient_norm, "condition_number": condition_number}
    return Diagnostics(values, messages)


def of_chains(values: dict[str, float]) -> Diagnostics:
    """After a sampler, by the usual gates: R-hat below 1.01, 400 effective draws, of NUTS no divergence."""
    messages = []
    if not values["r_hat"] < 1.01:
        messages.append(
            f"The chains disagree (R-hat {values['r_hat']:.3f}, wanted below 1.01): draw longer (draws=, tune=)."
        )
    effective = min(values["ess_bulk"], values["ess_tail"])
    if not effective >= 400:
        messages.append(f"Only {effective:.0f} effective draws (wanted 400): interval ends are rough; raise draws=.")
    if values.get("divergences", 0) > 0:
        messages.append(
            f"{values['divergences']:.0f} divergent transitions: part of the posterior may be missed; "
            "tighter priors or more tuning (tune=) usually help."
        )
    return Diagnostics(values, tuple(messages))


def of_laplace(iterations: int, k_hat: float, effective: float) -> Diagnostics:
    """After a Laplace approximation whose importance weights were even enough."""
    return Diagnostics({"iterations": iterations, "k_hat": k_hat, "effective_draws": effective})


def noted(found: Any, message: str) -> Any:
    """The same result, which was come by another way than asked for, with a note that does not speak against it."""
    return replace(found, told=replace(found.told, notes=(*found.told.notes, message)))
