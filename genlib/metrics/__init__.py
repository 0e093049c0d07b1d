"""What a trained model is worth, in numbers: how well it compresses, serves and deceives."""

from genlib.metrics.bits import bits_per_dim
from genlib.metrics.classifier import DigitClassifier
from genlib.metrics.features import digit_features, features, label_probabilities
from genlib.metrics.frechet import frechet, frechet_limit
from genlib.metrics.judges import Bound, classifier_bound
from genlib.metrics.kernel import KernelDistance, kernel
from genlib.metrics.modes import Modes, labelled_modes, modes
from genlib.metrics.precision_recall import PrecisionRecall, precision_recall
from genlib.metrics.probes import label_sets, probe

__all__ = [
    "Bound",
    "DigitClassifier",
    "KernelDistance",
    "Modes",
    "PrecisionRecall",
    "bits_per_dim",
    "classifier_bound",
    "digit_features",
    "features",
    "frechet",
    "frechet_limit",
    "kernel",
    "label_probabilities",
    "label_sets",
    "labelled_modes",
    "modes",
    "precision_recall",
    "probe",
]
