"""What a network's output means: the conditional distribution of an event, pixel by pixel."""

from collections.abc import Sequence

from genlib.likelihoods.bernoulli import Bernoulli
from genlib.likelihoods.categorical import Categorical
from genlib.likelihoods.colour import ColourLogisticMixture
from genlib.likelihoods.gaussian import Gaussian
from genlib.likelihoods.levels import Levels
from genlib.likelihoods.likelihood import Likelihood
from genlib.likelihoods.logistic_mixture import LogisticMixture
from genlib.likelihoods.symbols import Symbols
from genlib.suggest import suggestion

__all__ = [
    "Bernoulli",
    "Categorical",
    "ColourLogisticMixture",
    "Gaussian",
    "Levels",
    "Likelihood",
    "LogisticMixture",
    "Symbols",
    "likelihood",
]

LIKELIHOODS = {
    "bernoulli": Bernoulli,
    "gaussian": Gaussian,
    "categorical": Categorical,
    "logistic-mixture": LogisticMixture,
}


def likelihood(which: str | Likelihood, event_shape: Sequence[int]) -> Likelihood:
    """Return the likelihood of that name, for events of that shape; one that is built stays.

    A name gives the defaults. A logistic mixture of events (3, H, W) is that of colours.

    Raises:
        ValueError: if there is none of that name, or a built one is for other events.
    """
    if isinstance(which, Likelihood):
        which.parameter_shape(event_shape)
        return which
    if which not in LIKELIHOODS:
        raise ValueError(f"likelihood={which!r}{suggestion(which, LIKELIHOODS)}")
    if which == "logistic-mixture" and len(event_shape) == 3 and event_shape[0] == 3:
        return ColourLogisticMixture()
    return LIKELIHOODS[which](event_dims=len(event_shape))
