"""Speed and memory of genlib, as ratios against other ways to do the same, in one run."""
