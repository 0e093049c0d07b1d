"""Image to image: pictures of one domain turned into pictures of another."""

from genlib.translation.cyclegan import CycleGAN
from genlib.translation.networks import PatchGAN, ResNet, UNet
from genlib.translation.networks.shared import SharedAutoencoders
from genlib.translation.pix2pix import Pix2Pix
from genlib.translation.pool import ImagePool
from genlib.translation.segmenter import Segmenter
from genlib.translation.stargan import NamingPatchGAN, StarGAN
from genlib.translation.translator import Translator, TwoWayTranslator
from genlib.translation.unit import UNIT

__all__ = [
    "UNIT",
    "CycleGAN",
    "ImagePool",
    "NamingPatchGAN",
    "PatchGAN",
    "Pix2Pix",
    "ResNet",
    "Segmenter",
    "SharedAutoencoders",
    "StarGAN",
    "Translator",
    "TwoWayTranslator",
    "UNet",
]
