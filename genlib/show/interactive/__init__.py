"""Pictures that move: explorers, animations, and the viewer that carries them without a kernel."""
