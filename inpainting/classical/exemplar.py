"""A hole filled from a library: what stands there in the image whose known pixels fit best.

After Hays and Efros, Scene Completion Using Millions of Photographs, 2007, with thousands of small
images in place of millions of large ones: nearest by all known pixels, and the seam taken out by
Poisson blending (Pérez, Gangnet and Blake, 2003).  Such a fill is as sharp as a photograph, and
nothing in it was learned.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from inpainting.masks import check_masks, composite

CHUNK = 2500
"""Images of the library that are compared at once; it bounds the memory."""


@dataclass(frozen=True)
class Library:
    """Images to fill holes from.

    Attributes
    ----------
    images : uint8 array (L, H, W, 3); their mirror images are looked at as well.
    """

    images: np.ndarray

    def find(self, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """The images of the library, or their mirror images, that fit best.

        The distance is Σ (known − library)² over the known pixels; the first of equal ones wins.

        Parameters
        ----------
        images : float32 array (N, H, W, 3) in [0, 1]; holes may contain anything.
        masks : uint8 array (N, H, W, 1), 1 = hole.

        Returns
        -------
        float32 array (N, H, W, 3) in [0, 1].
        """
        n = len(images)
        valid = np.broadcast_to(1 - masks, images.shape).reshape(n, -1).astype(np.float32)
        known = np.where(masks, np.float32(0), images).reshape(n, -1)
        least, best = np.full(n, np.inf), np.zeros(n, np.int64)
        for flip in range(2):
            for start in range(0, len(self.images), CHUNK):
                candidates = self._rows(np.arange(start, min(start + CHUNK, len(self.images))), flip)
                distance = valid @ (candidates**2).T - 2 * known @ candidates.T
                nearest = distance.argmin(1)
                lower = distance[np.arange(n), nearest]
                better = lower < least
                least[better] = lower[better]
                best[better] = (flip * len(self.images) + start + nearest)[better]
        flips, rows = np.divmod(best, len(self.images))
        found = np.where(flips[:, None] == 1, self._rows(rows, 1), self._rows(rows, 0))
        return found.reshape(images.shape)

    def fill(self, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """Blend what :meth:`find` finds into the holes; see :func:`inpainting.classical.fill_mean`."""
        check_masks(masks, images)
        found = self.find(images, masks)
        filled = np.stack([blend(*case) for case in zip(found, images, masks[..., 0], strict=True)])
        return composite(filled, images, masks)

    def _rows(self, chosen: np.ndarray, flip: int) -> np.ndarray:
        images = self.images[chosen]
        images = images[:, :, ::-1] if flip else images
        return images.reshape(len(images), -1) / np.float32(255)


def blend(source: np.ndarray, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The source in the hole, moved by the smoothest surface that makes it meet the known pixels.

    The surface is harmonic in the hole: each pixel is the mean of its neighbours inside the image.

    Parameters
    ----------
    source, image : float32 arrays (H, W, 3).
    mask : uint8 array (H, W), 1 = hole; at least one pixel is known.

    Returns
    -------
    float32 array (H, W, 3), not clipped.
    """
    height, width = mask.shape
    pixel = np.arange(height * width).reshape(height, width)
    one = np.concatenate([pixel[:, :-1].ravel(), pixel[:-1].ravel()])
    other = np.concatenate([pixel[:, 1:].ravel(), pixel[1:].ravel()])
    ones = np.ones(len(one))
    neighbours = sparse.coo_array((ones, (one, other)), shape=2 * (pixel.size,))
    neighbours = (neighbours + neighbours.T).tocsr()
    laplacian = (sparse.diags_array(neighbours.sum(1)) - neighbours).tocsr()
    hole = np.flatnonzero(mask)
    difference = np.where(mask[..., None], 0, image.astype(np.float64) - source).reshape(-1, 3)
    inside = laplacian[hole]
    difference[hole] = linalg.splu(inside[:, hole].tocsc()).solve(-(inside @ difference))
    return (source + difference.reshape(image.shape)).astype(np.float32)
