"""Muon for convolutions: an optimiser that Keras lacks."""

import math

from inpainting.networks import keras


class KernelMuon(keras.optimizers.Muon):
    """Muon for the kernels of convolutions and dense layers, Adam for everything else.

    Muon replaces the momentum of a weight matrix by the nearest orthogonal one, so that no
    direction is learned faster than another.  Keras' own applies it to matrices only; a kernel
    (height, width, in, out) counts here as the matrix (height·width·in, out).  Kernels with
    at most ten channels on a side, the first and the last, are left to Adam.

    Source: K. Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024;
    step size after J. Liu et al., Muon is Scalable for LLM Training, 2025.
    """

    def __init__(self, learning_rate, **options):
        options = {"weight_decay": None, "adam_weight_decay": None, "adam_beta_2": 0.99} | options
        super().__init__(learning_rate, **options)

    def _should_use_adamw(self, variable) -> bool:
        return len(variable.shape) not in (2, 4) or min(variable.shape[-2:]) <= 10

    def zeropower_via_newtonschulz5(self, x, steps: int):
        """The nearest orthogonal matrix to a kernel, in the kernel's shape."""
        matrix = keras.ops.reshape(x, (-1, x.shape[-1]))
        return keras.ops.reshape(super().zeropower_via_newtonschulz5(matrix, steps), x.shape)

    def lr_adjust(self, x):
        """Scale a kernel's step to the size that Adam's would have."""
        return x * self.rms_rate * math.sqrt(max(math.prod(x.shape[:-1]), x.shape[-1]))
