"""Models by energies and by scores: densities known up to a constant, and their gradients."""

from genlib.energy.base import UnnormalisedModel
from genlib.energy.binary import BinaryModel, all_states
from genlib.energy.boltzmann import BoltzmannMachine
from genlib.energy.denoising_score import DenoisingScore
from genlib.energy.exact import contrastive_divergence, gibbs_sweep, negative_log_likelihood
from genlib.energy.langevin import annealed_langevin, langevin
from genlib.energy.neural import EnergyModel
from genlib.energy.rbm import RBM
from genlib.energy.score_matching import (
    denoising_score_matching,
    explicit_score_matching,
    score_matching,
)

__all__ = [
    "RBM",
    "BinaryModel",
    "BoltzmannMachine",
    "DenoisingScore",
    "EnergyModel",
    "UnnormalisedModel",
    "all_states",
    "annealed_langevin",
    "contrastive_divergence",
    "denoising_score_matching",
    "explicit_score_matching",
    "gibbs_sweep",
    "langevin",
    "negative_log_likelihood",
    "score_matching",
]
