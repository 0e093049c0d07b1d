"""What every test, and every kernel that runs a chapter, finds in its environment."""

import os

# Explorers print their kernel-free form only and progress bars are off: outputs can be compared.
os.environ.setdefault("GENLIB_STATIC", "1")

# Kernels side by side, each with a pool of spinning threads, would fight for the same cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
