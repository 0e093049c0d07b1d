"""What a trained model is worth, in numbers: how well it compresses, serves and deceives."""

from genlib.metrics.bits import bits_per_dim
from genlib.metrics.classifier import DigitClassifier
from genlib.metrics.equivariance import equivariance
from genlib.metrics.features import digit_features, features, label_probabilities
from genlib.metrics.frechet import frechet, frechet_limit
from genlib.metrics.inception import InceptionScore, inception_score
from genlib.metrics.judges import Bound, classifier_bound
from genlib.metrics.kernel import KernelDistance, kernel
from genlib.metrics.likelihood import (
    Annealing,
    Bracket,
    Decoder,
    LogWeights,
    ais,
    annealing_schedule,
    bidirectional,
    gaussian_codes,
    importance,
    parzen,
    parzen_bandwidth,
    scale_curve,
)
from genlib.metrics.memorisation import Copying, authenticity, copying
from genlib.metrics.modes import Modes, labelled_modes, modes
from genlib.metrics.neighbours import Neighbours, nearest_neighbours
from genlib.metrics.path_length import perceptual_path_length
from genlib.metrics.precision_recall import PrecisionRecall, precision_recall
from genlib.metrics.probes import label_sets, probe
from genlib.metrics.retrieval import retrieval
from genlib.metrics.segments import (
    intersection_over_union,
    nearest_colour,
    pixel_accuracy,
    quantised,
)
from genlib.metrics.shifts import Shift, best_shift, mean_absolute_error
from genlib.metrics.sliced import sliced_wasserstein, sliced_wasserstein_pyramid
from genlib.metrics.two_sample import NeighbourTest, nearest_neighbour_test
from genlib.metrics.vendi import vendi

__all__ = [
    "Annealing",
    "Bound",
    "Bracket",
    "Copying",
    "Decoder",
    "DigitClassifier",
    "InceptionScore",
    "KernelDistance",
    "LogWeights",
    "Modes",
    "NeighbourTest",
    "Neighbours",
    "PrecisionRecall",
    "Shift",
    "ais",
    "annealing_schedule",
    "authenticity",
    "best_shift",
    "bidirectional",
    "bits_per_dim",
    "classifier_bound",
    "copying",
    "digit_features",
    "equivariance",
    "features",
    "frechet",
    "frechet_limit",
    "gaussian_codes",
    "importance",
    "inception_score",
    "intersection_over_union",
    "kernel",
    "label_probabilities",
    "label_sets",
    "labelled_modes",
    "mean_absolute_error",
    "modes",
    "nearest_colour",
    "nearest_neighbour_test",
    "nearest_neighbours",
    "parzen",
    "parzen_bandwidth",
    "perceptual_path_length",
    "pixel_accuracy",
    "precision_recall",
    "probe",
    "quantised",
    "retrieval",
    "scale_curve",
    "sliced_wasserstein",
    "sliced_wasserstein_pyramid",
    "vendi",
]
