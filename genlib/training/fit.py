"""``fit``: one loop that trains every model of the book.

One step is a round of the game: every player in turn takes its updates (``turn.py``), each on
a fresh batch (``batches.py``, ``loaders.py``); a session (``session.py``) is what can be recorded,
saved and resumed. Only the files of this folder know about devices, precision, processes and
checkpoints.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from genlib import runtime
from genlib.history import History
from genlib.model import Model
from genlib.runtime import seeded, static_output
from genlib.training import distributed
from genlib.training.arguments import Callback, Log, checked
from genlib.training.batches import Data
from genlib.training.checks import check_model
from genlib.training.interrupt import Interrupt
from genlib.training.session import Session

if TYPE_CHECKING:
    from tqdm import tqdm

LOG_EVERY = 50  # rounds between two looks of the host at the device's numbers


def fit(
    model: Model,
    data: Data,
    *,
    steps: int,
    batch_size: int = 128,
    device: str | torch.device | None = None,
    seed: int = 0,
    precision: str | None = None,
    compile: bool = False,
    channels_last: bool = False,
    graph: bool | None = None,
    only: Sequence[str] | None = None,
    ema: float | None = None,
    evaluate: Callable[[Model], dict[str, float]] | None = None,
    checkpoint: str | Path | None = None,
    every: int | None = None,
    progress: bool = True,
    callbacks: Sequence[Callback] = (),
    nonfinite: str = "stop",
    log: Log | None = None,
) -> History:
    """Train ``model`` by letting its players take turns; return what was recorded.

    Raw weights stay in the model, which stays on the device, in evaluation mode and without
    gradients, also if the run is interrupted. The run is deterministic for a seed on a device and
    leaves the caller's random state as it was. An update that is not finite is never applied; the
    run then stops at the next look at the numbers.

    **What a resumed run is.** A run that was interrupted, killed or given fewer ``steps`` goes on
    from its folder and ends, bit for bit, with the weights, averages and numbers of one that was
    never stopped. That covers the optimisers, torch's default generators, and every
    ``torch.Generator`` in a DataLoader's samplers and data sets. It holds for the same data,
    model, players, ``seed``, ``batch_size``, ``precision``, ``only`` and ``ema``; another run is
    refused and the difference named, functions by their code, data by shape, class and length
    alone. It does not cover: another device, number of processes or workers, or version of Python
    or torch; other ``compile``, ``channels_last`` and precision of float32 products; another
    total of ``steps`` where a schedule or ``on_step`` reads it; random numbers of other
    libraries; noise drawn by persistent workers; what samplers, data, callbacks and the model
    keep outside ``state_dict``; and kernels that are not deterministic themselves.

    Under ``torchrun`` every process takes its share of each batch and gradients are averaged; the
    first one writes and keeps the whole history.

    Args:
        model: says what game it plays (``model.players()``).
        data: a tensor, a tuple of tensors, a TensorDataset (its ``transform``, if it has one, is
            applied to whole batches on the device) or any DataLoader, whose workers leave Ctrl-C
            to the run. If a loader fails, what was trained until then is saved.
        steps: total number of rounds; a resumed run goes on to that total.
        batch_size: examples a batch, of all processes together; larger than the data means all of
            them. A DataLoader keeps its own.
        device: where to train; by default cuda, then mps, then cpu.
        seed: seeds torch's default generator and the order of the data; ``GENLIB_SEED_SHIFT`` is
            added, see ``genlib.generator``.
        precision: ``None`` for float32, ``"bf16"`` for bfloat16 autocast, ``"auto"`` for bfloat16
            where the device computes in it by itself (elsewhere it is slow). How exact float32
            products are stays as torch is set: after
            ``torch.set_float32_matmul_precision("high")`` a GPU takes TF32 for them, which is
            faster, keeps three decimal digits of each factor, and makes other numbers.
        compile: pass each player's loss through ``torch.compile``. Noise that is drawn inside it
            is other noise than without.
        channels_last: keep images and convolutions with the channels innermost in memory; the
            same mathematics, faster for convolutions in bf16 and on most GPUs.
        graph: replay each round as one CUDA graph, which spares the host's work of launching it;
            the same numbers as without. ``None`` means wherever that is possible, on a CUDA device
            and in one process; what stands in the way is said once, and the run goes on without.
            ``True`` makes that an error, ``False`` never tries. What changes with time inside a
            loss has to be a tensor that ``on_step`` fills, see ``Model``: a graph keeps numbers.
        only: names of the players that play, such as ``("discriminator",)`` to train D ahead; the
            weights of the others stay. ``None`` means all.
        ema: decay of an averaged copy of the model, returned as ``history.ema``.
        evaluate: ``evaluate(model) -> dict`` of numbers to record, run without gradients in
            evaluation mode, always on the same random numbers, after the checkpoint is written.
            Its names are not those of the training's columns.
        checkpoint: a folder from which to resume if it holds a checkpoint, and to write to. It
            keeps the two newest, and the history as ``history.csv``; other files are left alone.
        every: rounds between evaluations and between checkpoints; both also happen at the end,
            and a checkpoint at Ctrl-C, which waits for the end of the round.
        progress: show a progress bar.
        callbacks: each is called as ``callback(model, step)`` after every round.
        nonfinite: ``"stop"`` at an update that is not finite, or ``"skip"`` it and count it in
            ``history.skipped``; a player that got no update at all since the last look stops
            the run in any case.
        log: is called as ``log(step, numbers)`` with every record of the history, for example
            ``genlib.training.logs.tensorboard(folder)``.

    Raises:
        ValueError: if an argument, the data or the model cannot be used, or the checkpoint is of
            another run; the message says why.
        FloatingPointError: if a loss or gradient was NaN or infinite; it names player and step.
        OSError: if a checkpoint cannot be written, asked at the start; the one before is intact.
        KeyboardInterrupt: at Ctrl-C; it says how to go on.
    """
    arguments = checked(locals())  # first of all: nothing but the arguments stands there yet
    check_model(model)
    distributed.init_process_group(arguments.device)
    with (
        seeded(arguments.seed + runtime.rank(), arguments.device),
        training(model),
        Interrupt() as interrupt,
    ):
        session = Session(arguments, interrupt)
        session.resume()
        session.evaluate_if_due()
        with progress_bar(steps, session.step, progress) as bar:
            for done in range(session.step + 1, steps + 1):
                session.round()
                for callback in callbacks:
                    callback(model, done)
                at_stop = done == steps or (every is not None and done % every == 0)
                look = at_stop or done % LOG_EVERY == 0
                interrupted = session.interrupted(together=look)
                if look or interrupted:
                    session.flush_metrics()
                    bar.set_postfix(session.recorder.last_losses(), refresh=False)
                    bar.update(done - bar.n)
                if at_stop:
                    session.save_and_evaluate()
                if interrupted:
                    session.save()
                    raise KeyboardInterrupt(session.how_to_go_on())
    return session.history


@contextmanager
def training(model: Model) -> Iterator[None]:
    """Put ``model`` in training mode; however the block ends, leave it ready for use."""
    model.train()
    try:
        yield
    finally:
        model.eval()  # alone, as a subclass may forget to return itself
        model.zero_grad()


def progress_bar(steps: int, done: int, show: bool) -> "tqdm":
    """Return a progress bar over the rounds.

    It is silent where outputs are stored in a page and in all processes but the first; where it
    is written to a file, it writes a line a minute.
    """
    from tqdm.auto import tqdm

    quiet = not show or static_output() or runtime.rank() > 0
    seen = sys.stderr.isatty() or "ipykernel" in sys.modules
    pace = 0.1 if seen else 60.0
    options = {"initial": done, "mininterval": pace, "maxinterval": 10 * pace}
    return tqdm(total=steps, disable=quiet, unit="step", leave=False, **options)
