"""Denoising diffusion and flow matching: noise is turned into data, a little at a time."""

from genlib.diffusion.base import DiffusionModel
from genlib.diffusion.consistency import Consistency
from genlib.diffusion.conversions import combined, convert, data_and_noise
from genlib.diffusion.ddpm import DDPM
from genlib.diffusion.flow_matching import FlowMatching
from genlib.diffusion.ideal import IdealDenoiser
from genlib.diffusion.likelihood import exact_divergence, log_density, probed_divergence
from genlib.diffusion.networks import Perceptron, UNet
from genlib.diffusion.odes import EVALUATIONS, euler, heun, length_over_chord, rk4, solve
from genlib.diffusion.predictor import PredictingModel
from genlib.diffusion.samplers import ancestral, ddim, posterior
from genlib.diffusion.schedules import (
    Coefficients,
    CosineSchedule,
    LinearSchedule,
    NoiseSchedule,
    StraightSchedule,
)

__all__ = [
    "DDPM",
    "EVALUATIONS",
    "Coefficients",
    "Consistency",
    "CosineSchedule",
    "DiffusionModel",
    "FlowMatching",
    "IdealDenoiser",
    "LinearSchedule",
    "NoiseSchedule",
    "Perceptron",
    "PredictingModel",
    "StraightSchedule",
    "UNet",
    "ancestral",
    "combined",
    "convert",
    "data_and_noise",
    "ddim",
    "euler",
    "exact_divergence",
    "heun",
    "length_over_chord",
    "log_density",
    "posterior",
    "probed_divergence",
    "rk4",
    "solve",
]
