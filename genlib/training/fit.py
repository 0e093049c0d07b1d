"""``fit``: one loop that trains every model of the book.

One step is a round of the game: every player in turn takes its updates (``turn.py``), each on
a fresh batch (``batches.py``); a run (``run.py``) is what can be recorded, saved and resumed.
Only these files, and ``checkpoint.py`` and ``distributed.py`` beside them, know about devices,
precision, processes and checkpoints.
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
from genlib.runtime import resolve_device, seeded, static_output
from genlib.training import distributed
from genlib.training.arguments import check_arguments
from genlib.training.batches import Data, batches
from genlib.training.interrupt import Interrupt
from genlib.training.session import Log, Run

if TYPE_CHECKING:
    from tqdm import tqdm

LOG_EVERY = 50  # rounds between two looks of the host at the device's numbers

Callback = Callable[[Model, int], None]


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

    A resumed run gives bit for bit the weights of an uninterrupted one on the same device. Under
    ``torchrun`` every process takes its share of each batch and gradients are averaged; the first
    one writes and keeps the whole history.

    Args:
        model: says what game it plays (``model.players()``).
        data: a tensor, a tuple of tensors, a TensorDataset (its ``transform``, if it has one, is
            applied to whole batches on the device) or any DataLoader.
        steps: total number of rounds; a resumed run goes on to that total.
        batch_size: examples a batch, of all processes together; larger than the data means all of
            them. A DataLoader keeps its own.
        device: where to train; by default cuda, then mps, then cpu.
        seed: seeds torch's default generator and the order of the data.
        precision: ``None`` for float32, ``"bf16"`` for bfloat16 autocast.
        compile: pass each player's loss through ``torch.compile``, on CUDA into graphs. Noise that
            is drawn inside it is other noise than without.
        channels_last: keep images and convolutions with the channels innermost in memory; the
            same mathematics, faster for convolutions in bf16 and on most GPUs.
        ema: decay of an averaged copy of the model, returned as ``history.ema``.
        evaluate: ``evaluate(model) -> dict`` of numbers to record, run without gradients in
            evaluation mode, always on the same random numbers.
        checkpoint: a folder from which to resume if it holds a checkpoint, and to write to. It
            keeps the two newest, and the history as ``history.csv``.
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
        OSError: if a checkpoint cannot be written; the one before is intact.
        KeyboardInterrupt: at Ctrl-C; it says how to go on.
    """
    check_arguments(
        model=model,
        steps=steps,
        batch_size=batch_size,
        seed=seed,
        precision=precision,
        compile=compile,
        channels_last=channels_last,
        ema=ema,
        evaluate=evaluate,
        checkpoint=checkpoint,
        every=every,
        callbacks=callbacks,
        nonfinite=nonfinite,
        log=log,
    )
    device = resolve_device(device)
    distributed.init_process_group(device)
    layout = torch.channels_last if channels_last else torch.preserve_format
    with seeded(seed + runtime.rank(), device), training(model.to(device, memory_format=layout)):
        run = Run(
            model,
            batches(data, batch_size, device, seed),
            device,
            seed=seed,
            precision=precision,
            compile=compile,
            ema=ema,
            nonfinite=nonfinite,
            log=log,
            folder=checkpoint,
        )
        model.check(run.source.first())
        run.resume()
        with progress_bar(steps, run.step, progress) as bar, Interrupt() as interrupt:
            for step in range(run.step, steps):
                run.round(steps)
                for callback in callbacks:
                    callback(model, step + 1)
                at_stop = step + 1 == steps or (every is not None and (step + 1) % every == 0)
                if at_stop or interrupt.asked or (step + 1) % LOG_EVERY == 0:
                    run.look(bar)
                if at_stop:
                    run.evaluate(evaluate)
                    run.save()
                if interrupt.asked:
                    run.stop(steps)
    return run.history


@contextmanager
def training(model: Model) -> Iterator[None]:
    """Put ``model`` in training mode; however the block ends, leave it ready for use."""
    model.train()
    try:
        yield
    finally:
        model.eval().zero_grad()


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
