"""Normalising flows: models whose likelihood is exact, by invertible maps."""

from genlib.flows.flow import Flow
from genlib.flows.glow import Glow
from genlib.flows.nice import NICE
from genlib.flows.real_nvp import RealNVP

__all__ = ["NICE", "Flow", "Glow", "RealNVP"]
