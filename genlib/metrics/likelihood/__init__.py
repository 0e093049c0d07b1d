"""What a decoder's likelihood is, by importance, by annealing, and by what should not be used."""

from genlib.metrics.likelihood.annealing import Annealing, ais
from genlib.metrics.likelihood.bidirectional import Bracket, bidirectional
from genlib.metrics.likelihood.decoder import Decoder, gaussian_codes
from genlib.metrics.likelihood.importance import importance
from genlib.metrics.likelihood.parzen import parzen, parzen_bandwidth
from genlib.metrics.likelihood.schedules import annealing_schedule
from genlib.metrics.likelihood.tempering import scale_curve
from genlib.metrics.likelihood.weights import LogWeights

__all__ = [
    "Annealing",
    "Bracket",
    "Decoder",
    "LogWeights",
    "ais",
    "annealing_schedule",
    "bidirectional",
    "gaussian_codes",
    "importance",
    "parzen",
    "parzen_bandwidth",
    "scale_curve",
]
