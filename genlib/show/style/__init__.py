"""The look: palette, empty pictures, small PNG files."""
