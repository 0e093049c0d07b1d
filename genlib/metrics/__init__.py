"""What a trained model is worth, in numbers: how well it compresses, serves and deceives."""

from genlib.metrics.bits import bits_per_dim
from genlib.metrics.judges import Bound, classifier_bound
from genlib.metrics.probes import label_sets, probe

__all__ = ["Bound", "bits_per_dim", "classifier_bound", "label_sets", "probe"]
