"""A reader's own pictures: read in every mode, filled window by window, written as they were."""

from inpainting import errors

MIN_SIZE = 16
"""Shortest edge of a picture, in pixels: two of the network's coarsest places."""


class FillError(errors.UserError):
    """A picture, a mask or a file name that nothing can be filled with."""
