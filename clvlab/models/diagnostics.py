"""Whether a fit can be trusted: numbers, and remarks for a reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from clvlab.notes import Note


@dataclass(frozen=True)
class Diagnostics:
    """Diagnostics of an estimation.

    Attributes
    ----------
    trusted : bool
        Nothing below is a reason for doubt.
    messages : tuple of Note
        Each reason for doubt; its sentence says what to try.
    values : dict
        After maximum likelihood: iterations, gradient_norm (of the log-likelihood in the log parameters, per
        customer), condition_number (of the observed information on the log scale). After NUTS or Gibbs: r_hat,
        ess_bulk, ess_tail, divergences (of NUTS), chains, draws. After Laplace: iterations, k_hat, effective_draws.
    notes : tuple of Note
        What a reader should know that is no reason for doubt.
    left_out : dict
        Code of the reason ("models.no_repeat_purchase") to the labels of customers that the model cannot use.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    messages: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    left_out: Mapping[str, list[object]] = field(default_factory=dict)

    @property
    def trusted(self) -> bool:
        """Whether nothing gave a reason for doubt."""
        return not self.messages

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in self.values.items())
        return "\n".join([numbers or "parameters given, not fitted", *map(str, (*self.messages, *self.notes))])

    def doubted(self, *messages: Note) -> "Diagnostics":
        """The same with further reasons for doubt."""
        return replace(self, messages=(*self.messages, *messages))

    def noted(self, *notes: Note) -> "Diagnostics":
        """The same with further notes, which do not speak against the fit."""
        return replace(self, notes=(*self.notes, *notes))


def of_maximum(
    *,
    iterations: int,
    gradient_norm: float,
    condition_number: float,
    identified: bool,
    edge: Sequence[str],
    sampler: str,
) -> Diagnostics:
    """After maximum likelihood that converged.

    Parameters
    ----------
    edge : sequence of str
        Parameters that ran to the edge of what is searched, a factor of 100,000 from where they started.
    sampler : str
        The method whose priors would help.
    """
    messages: tuple[Note, ...] = ()
    if edge:
        messages = (Note("models.edge", parameters=list(edge), method=sampler),)
    elif not identified:
        messages = (Note("models.ridge", condition_number=condition_number, method=sampler),)
    values = {"iterations": iterations, "gradient_norm": gradient_norm, "condition_number": condition_number}
    return Diagnostics(values, messages)


def of_chains(values: Mapping[str, float]) -> Diagnostics:
    """After a sampler, by the usual gates: R-hat below 1.01, 400 effective draws, of NUTS no divergence."""
    messages = []
    if not values["r_hat"] < 1.01:
        messages.append(Note("models.chains_disagree", r_hat=values["r_hat"]))
    effective = min(values["ess_bulk"], values["ess_tail"])
    if not effective >= 400:
        messages.append(Note("models.few_effective_draws", n=effective))
    if values.get("divergences", 0) > 0:
        messages.append(Note("models.divergences", n=int(values["divergences"])))
    return Diagnostics(values, tuple(messages))


def of_laplace(iterations: int, k_hat: float, effective: float) -> Diagnostics:
    """After a Laplace approximation whose importance weights were even enough."""
    return Diagnostics({"iterations": iterations, "k_hat": k_hat, "effective_draws": effective})
