"""Models that are products of conditionals, with exact likelihoods."""

from genlib.autoregressive.any_order import AnyOrderTransformer
from genlib.autoregressive.attention import TransformerBlock
from genlib.autoregressive.base import AutoregressiveModel
from genlib.autoregressive.cache import Cache, Recomputed
from genlib.autoregressive.counted import CountedModel
from genlib.autoregressive.counts import MarkovChain, NGram, PositionWeights
from genlib.autoregressive.entries import EntryModel
from genlib.autoregressive.gated import GatedPixelCNN
from genlib.autoregressive.lstm import DiagonalBiLSTMLayer, RowLSTMLayer
from genlib.autoregressive.made import MADE
from genlib.autoregressive.multiscale import MultiScalePixelCNN
from genlib.autoregressive.pixelcnn import PixelCNN
from genlib.autoregressive.pixelcnnpp import PixelCNNPP
from genlib.autoregressive.pixelrnn import DiagonalBiLSTM, PixelRNN, RowLSTM
from genlib.autoregressive.pixels import PixelModel
from genlib.autoregressive.transformer import Transformer

__all__ = [
    "MADE",
    "AnyOrderTransformer",
    "AutoregressiveModel",
    "Cache",
    "CountedModel",
    "DiagonalBiLSTM",
    "DiagonalBiLSTMLayer",
    "EntryModel",
    "GatedPixelCNN",
    "MarkovChain",
    "MultiScalePixelCNN",
    "NGram",
    "PixelCNN",
    "PixelCNNPP",
    "PixelModel",
    "PixelRNN",
    "PositionWeights",
    "Recomputed",
    "RowLSTM",
    "RowLSTMLayer",
    "Transformer",
    "TransformerBlock",
]
