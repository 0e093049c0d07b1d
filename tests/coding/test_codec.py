"""Models as compressors: what comes back, what it costs, what is refused."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genlib.autoencoders import Autoencoder
from genlib.autoregressive import AutoregressiveModel, PixelCNN
from genlib.coding import bits_back, chain, codec, decode, encode
from genlib.coding.blob import pack, unpack
from genlib.latent import VAE, FlowVAE, HierarchicalVAE
from genlib.likelihoods import Categorical, Gaussian, LogisticMixture
from genlib.model import Model
from genlib.storage import DamagedError
from tests.autoregressive.models import CASES, built, drawn, label

every = pytest.mark.parametrize(("name", "event"), CASES, ids=lambda part: part.replace(" ", "-"))
SMALL = {"event_shape": (1, 4, 5), "hidden": (16,)}
VAES = {
    "VAE": lambda: VAE(latent=3, **SMALL),
    "levels": lambda: VAE(latent=3, likelihood=Categorical(5), **SMALL),
    "mixture": lambda: VAE(latent=3, likelihood=LogisticMixture(2, 5), **SMALL),
    "HierarchicalVAE": lambda: HierarchicalVAE(latent=3, top=2, **SMALL),
}


def vae(name: str) -> Model:
    """Return a model whose posteriors are narrow, as those of a trained one are."""
    torch.manual_seed(0)
    model = VAES[name]().eval()
    last = model.encoder[-1]
    sizes = [2, 2, 3, 3] if name == "HierarchicalVAE" else [3, 3]
    with torch.no_grad():
        for mean, log_variance in zip(*[iter(last.bias.split(sizes))] * 2, strict=True):
            mean.fill_(0.3)
            log_variance.fill_(-3)
    return model


def exact_pixelcnn() -> PixelCNN:
    return built("PixelCNN exact", "binary").float()


# What comes back


@every
def test_events_of_an_autoregressive_model_come_back(name, event):
    model = built(name, event)
    x, of = drawn(model, 37), label(model, 37)
    assert torch.equal(decode(model, encode(model, x, label=of), label=of), x)


@pytest.mark.parametrize("name", VAES)
def test_events_of_a_latent_variable_model_come_back(name):
    model = vae(name)
    x = drawn(model, 21).float()
    assert torch.equal(decode(model, encode(model, x)), x)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 70), st.integers(0, 2**31), st.sampled_from(["PixelCNN", "VAE"]))
def test_any_number_of_any_events_comes_back(n, seed, name):
    model = vae(name) if name in VAES else built(name, "binary").float()
    x = (torch.rand(n, 1, 4, 5, generator=torch.Generator().manual_seed(seed)) < 0.5).float()
    assert torch.equal(decode(model, encode(model, x)), x)


# What it costs


def cost(blob: bytes) -> int:
    """Return the bits of the code alone."""
    return 8 * len(unpack(blob)[1])


@every
def test_a_file_is_as_long_as_the_likelihood_says(name, event):
    model = built(name, event)
    n = 200
    of = label(model, n)
    x = model.sample(n, label=of, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        claimed = -model.log_prob(x, of).sum().item() / math.log(2)
    lanes = 8 * 7 * chain.MOST_LANES  # at most, of heads that are not packed to the last bit
    assert -1 < cost(encode(model, x, label=of)) - claimed < 0.002 * claimed + lanes


@pytest.mark.parametrize("name", VAES)
def test_bits_back_costs_the_elbo(name):
    model, n = vae(name), 400
    torch.manual_seed(0)
    x = model.sample(n)
    stack = bits_back.borrowed()
    before = stack.bits
    with torch.no_grad():
        bits_back.push_events(stack, model, x)
        bound = -model.elbo(x, 200) / math.log(2)
        error = bound.std().item() * math.sqrt(n) * 0.3  # its one draw of the codes
    claimed = bound.sum().item()
    # two layers that have not been trained to agree leave bits that are not quite random
    share = 0.02 if name == "HierarchicalVAE" else 0.002
    assert stack.bits - before == pytest.approx(claimed, abs=share * claimed + error)


def test_borrowed_bits_are_a_small_part_of_a_long_file():
    model = vae("VAE")
    torch.manual_seed(0)
    x = model.sample(800)
    with torch.no_grad():
        claimed = -model.elbo(x, 50).sum().item() / math.log(2)
    borrowed = cost(encode(model, x)) - claimed
    assert 0 < borrowed < 32 * 4 * bits_back.LANES


# Exact arithmetic


def test_an_exact_model_writes_the_same_file_with_any_threads_and_layout():
    model, x = exact_pixelcnn(), drawn(exact_pixelcnn(), 40).float()
    before, blob = torch.get_num_threads(), encode(model, x)
    try:
        torch.set_num_threads(3)
        assert encode(model.to(memory_format=torch.channels_last), x) == blob
        assert torch.equal(decode(model.double(), blob).float(), x)
    finally:
        torch.set_num_threads(before)


def test_conditionals_of_an_exact_model_are_the_same_at_any_batch_size():
    model, x = exact_pixelcnn(), drawn(exact_pixelcnn(), 17).float()
    with torch.no_grad():
        full = model.conditionals(x)
        for n in (1, 5, 17):
            cache = model.cache(n)
            for place in model.places():
                assert torch.equal(cache.next(), full[:n][(..., *place)])
                cache.append(x[:n][(..., *place)])


def test_weights_too_large_to_be_exact_are_refused():
    model = exact_pixelcnn()
    with torch.no_grad():
        model.hidden.weight.fill_(100)
    with pytest.raises(ValueError, match=r"a sum may reach .* wanted 1,024"):
        encode(model, drawn(model, 2).float())


# What is refused


def test_another_model_is_named():
    model, other = built("PixelCNN", "binary"), built("PixelCNN", "binary")
    blob = encode(model, drawn(model, 3))
    with torch.no_grad():
        other.last.bias += 1e-3
    with pytest.raises(ValueError, match=r"weights is '\w+' in the file and '\w+' here"):
        decode(other, blob)
    with pytest.raises(ValueError, match="model is 'PixelCNN' in the file and 'VAE' here"):
        decode(vae("VAE"), blob)


@pytest.mark.parametrize("name", ["type", "device", "torch"])
def test_another_arithmetic_is_named(name):
    model = built("PixelCNN", "binary").float()
    header, code = unpack(encode(model, drawn(model, 3).float()))
    with pytest.raises(ValueError, match=f"{name} is 'another' in the file"):
        decode(model, pack(header | {name: "another"}, code))


def test_an_exact_model_does_not_ask_where_it_is():
    header, _ = unpack(encode(exact_pixelcnn(), drawn(exact_pixelcnn(), 3).float()))
    assert not header.keys() & {"type", "device", "torch"}


@pytest.mark.parametrize("name", ["PixelCNN", "VAE"])
def test_a_damaged_file_is_refused(name):
    model: AutoregressiveModel | VAE
    model = vae(name) if name in VAES else built(name, "binary").float()
    blob = encode(model, drawn(model, 5).float())
    for wrong in (b"", blob[:-1], blob + b"\0", bytes([blob[0] ^ 1]) + blob[1:]):
        with pytest.raises(DamagedError):
            decode(model, wrong)
    middle = len(blob) - 10
    with pytest.raises(DamagedError):
        decode(model, blob[:middle] + bytes([blob[middle] ^ 1]) + blob[middle + 1 :])


def test_code_that_is_too_long_or_too_short_is_refused():
    model = exact_pixelcnn()
    header, code = unpack(encode(model, drawn(model, 5).float()))
    with pytest.raises(DamagedError, match="other labels"):
        decode(model, pack(header, code + b"\1\2\3\4"))
    with pytest.raises(DamagedError):
        decode(model, pack(header, b""))


def test_other_labels_are_noticed():
    model = built("PixelCNN", "labelled")
    x = drawn(model, 40)
    blob = encode(model, x, label=1)
    with pytest.raises(DamagedError, match="is it of other labels"):
        decode(model, blob, label=2)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (FlowVAE(latent=2, **SMALL), "codes of FlowVAE have no cells"),
        (VAE(latent=2, likelihood=Gaussian(), **SMALL), "no probabilities of discrete values"),
        (Autoencoder(2, **SMALL), "codes of Autoencoder|no probabilities"),
    ],
)
def test_models_that_cannot_code_say_why(model, message):
    with pytest.raises(ValueError, match=message):
        encode(model.eval(), torch.zeros(2, 1, 4, 5))


def test_a_model_in_training_is_refused():
    model = built("PixelCNN", "binary").train()
    with pytest.raises(ValueError, match=r"training mode.*call eval\(\)"):
        encode(model, drawn(model, 2))


def test_events_of_another_space_are_refused():
    with pytest.raises(ValueError, match="only zeros and ones"):
        encode(exact_pixelcnn(), torch.full((2, 1, 4, 5), 0.5))


def test_the_header_says_what_the_file_is():
    header, _ = unpack(encode(exact_pixelcnn(), drawn(exact_pixelcnn(), 3).float()))
    assert header["model"] == "PixelCNN"
    assert header["event"] == [1, 4, 5]
    assert header["count"] == 3
    assert header["weights"] == codec.digest(exact_pixelcnn())[:16]
