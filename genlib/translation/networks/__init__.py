"""The networks of image-to-image models."""

from genlib.translation.networks.patchgan import PatchGAN
from genlib.translation.networks.resnet import NormedBlock, ResNet
from genlib.translation.networks.unet import UNet

__all__ = ["NormedBlock", "PatchGAN", "ResNet", "UNet"]
