"""What captures work on a CUDA device, and what tells why some work cannot be captured."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from genlib.training.round import Row


class CudaCapture:
    """Work on a CUDA device that is captured as a graph."""

    def __init__(self, device: torch.device) -> None:
        """Take a stream of its own: work on the default one cannot be captured."""
        self.device, self.stream = device, torch.cuda.Stream(device)
        self.graph = torch.cuda.CUDAGraph()

    def rehearse(self, work: Callable[[], Row]) -> tuple[Row, str]:
        """Run ``work`` now; return what it gives, and what waits for the device, if anything."""
        self.stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self.stream), noted_waits() as waits:
            done = work()
        torch.cuda.current_stream(self.device).wait_stream(self.stream)
        return done, "; ".join(waits[:1])

    def record(self, work: Callable[[], Row]) -> Row:
        """Capture ``work`` without running it; return where a replay will leave what it gives."""
        try:
            # other threads, which pin memory for a DataLoader, may go on with theirs
            with torch.cuda.graph(
                self.graph, stream=self.stream, capture_error_mode="thread_local"
            ):
                return work()
        except BaseException:
            with torch.cuda.device(self.device):
                generator = torch.cuda.default_generators[torch.cuda.current_device()]
            generator.graphsafe_set_state(generator.clone_state())  # it still believes in a capture
            raise

    def replay(self) -> None:
        """Do the captured work."""
        self.graph.replay()


@contextmanager
def noted_waits() -> Iterator[list[str]]:
    """Note what makes the host wait for the device: the operation, and the line that calls it."""
    waits: list[str] = []
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            yield waits
        finally:
            torch.cuda.set_sync_debug_mode(before)
    for each in caught:
        if "synchronizing CUDA operation" in str(each.message):
            waits.append(f"{each.filename}:{each.lineno} waits for the device")
        elif "Synchronization debug mode" not in str(each.message):
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
