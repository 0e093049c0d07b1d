"""Pictures that stand still: lines, bars, grids of images, planes, densities."""
