"""Recipes: frozen points of one space, in which every network of the project lies.

A :class:`Recipe` holds all that determines a trained network except the data, and knows nothing
of training.  The network of 2025, the project's own and the rungs of the ladder between them
differ in nothing but the values of these fields.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from inpainting import config, files

VALIDATION_IMAGES = 2000
"""Validation images that steer a training with fresh holes; choices are made on all 5 000."""


@dataclass(frozen=True)
class Flow:
    """The network that draws samples on what a trained network expects, and its training.

    Attributes
    ----------
    widths : channels at 1/2 and 1/4 of the resolution.
    n_blocks : residual blocks at 1/4, each with attention over all places.
    detail : channels of the residual block at full resolution.
    draws : pairs of noise and time an image; what the trained network expects is computed once.
    epochs, steps_per_epoch, batch_size, learning_rate, warmup : see :class:`Recipe`.
    """

    version: int = 1
    widths: tuple[int, int] = (64, 128)
    n_blocks: int = 2
    detail: int = 32
    draws: int = 2
    epochs: int = 10
    steps_per_epoch: int = 100
    batch_size: int = 128
    learning_rate: float = 2e-3
    warmup: int = 100


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the training of a network, except the data.

    Precision and processor are no part of it: they say how, not what, and stand in the record.

    Attributes
    ----------
    network : names the entry in the store.
    version : raised whenever the code of this training changes its result beyond rounding.
    architecture : "autoencoder", the network of 2025 and what the ladder makes of it;
        "prior_unet", the project's own; "unet", the same without its prior; or "classifier".
    output : activation of the autoencoder's last layer, "sigmoid" or "relu".
    mask_input, skips, prior : of the autoencoder, see
        :func:`inpainting.networks.autoencoder.build_variant`.
    widths, n_blocks, detail : channels and blocks of the others, see
        :func:`inpainting.networks.prior_unet.build_prior_unet` and
        :func:`inpainting.networks.classifier.build_classifier`.
    mirrored : the trained network also looks at the mirror image; its training does not.
    holes : "fest" draws one hole an image, as the report of 2025 did, its off-by-one included;
        "quadrat" and "mischung" draw fresh ones in every step, see
        :func:`inpainting.masks.training_masks`; "keine" none.
    mask_size : edge of square holes, in pixels.
    extra_squares : squares of ``mask_size`` added to every second image whose holes cover less
        than a quarter of it.  The error is measured in the holes alone, so more of them teach
        more at the same cost.
    flips : every second image is mirrored.
    max_shift : crops are shifted by up to this many pixels in either direction.
    loss : "kreuzentropie" or "quadratisch" of the whole image, "loch": the squared error in the
        hole, or "klassen": the cross-entropy of the image's class.
    weighting : of an image's error in the hole: "gleich", or "erwartet", which divides it by what
        its hole makes expectable, see :func:`inpainting.training.batches.expected_error`.
    composited : known pixels are copied into the output; this changes no weight.
    epochs, steps_per_epoch : None is one pass over the images.
    patience : epochs without a better validation loss after which training stops.
    batch_size : images a step.
    optimizer : "adam" or "muon", see :class:`inpainting.networks.muon.KernelMuon`.
    learning_rate : highest rate.  Without ``warmup`` it stays; with it, it rises for so many steps
        and falls to zero over all others, along half a cosine.
    seed : determines initial weights, order, flips, shifts and holes.
    flow : the network that draws samples, trained on this one; None for none.
    """

    network: str
    architecture: str
    version: int = 1
    output: str | None = None
    mask_input: bool = False
    skips: bool = False
    prior: bool = False
    widths: tuple[int, ...] = ()
    n_blocks: int = 1
    detail: tuple[int, int] | None = None
    mirrored: bool = False
    holes: str = "mischung"
    mask_size: int = 8
    extra_squares: int = 0
    flips: bool = False
    max_shift: int = 0
    loss: str = "loch"
    weighting: str = "gleich"
    composited: bool = False
    epochs: int = 1
    steps_per_epoch: int | None = None
    patience: int = 1000
    batch_size: int = 128
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    warmup: int = 0
    seed: int = 1
    flow: Flow | None = None

    def key(self, data_sha256: str) -> str:
        """Twelve hex digits that change with the recipe or the data, and with nothing else."""
        return files.key({**asdict(replace(self, composited=False)), "data": data_sha256})

    @property
    def n_steps(self) -> int:
        """Steps of the whole training; only where ``steps_per_epoch`` is given."""
        return self.epochs * self.steps_per_epoch

    @property
    def file_name(self) -> str:
        """Name of the model's file in the store; the network of 2025 keeps its file name of 2025."""
        return "autoencoder_cifar10.keras" if self.network == "original" else f"{self.network}.keras"


ORIGINAL = Recipe(
    network="original",
    architecture="autoencoder",
    output="sigmoid",
    holes="fest",
    loss="kreuzentropie",
    epochs=40,
    patience=5,
)
"""The network of 2025 as it was trained there."""

KOMPAKT = Recipe(
    network="kompakt",
    architecture="prior_unet",
    widths=(64, 96, 128),
    extra_squares=1,
    flips=True,
    weighting="erwartet",
    composited=True,
    epochs=12,
    steps_per_epoch=352,
    patience=5,
    optimizer="muon",
    learning_rate=2e-3,
    warmup=300,
    flow=Flow(widths=(48, 96), n_blocks=1, detail=16, draws=4, epochs=10, steps_per_epoch=200, batch_size=64),
)
"""What a laptop trains for a report."""

GRUENDLICH = replace(
    KOMPAKT,
    network="gruendlich",
    widths=(64, 128, 192),
    detail=(48, 4),
    mirrored=True,
    epochs=92,
    patience=92,
    flow=Flow(
        widths=(64, 128), n_blocks=2, detail=32, draws=6, epochs=22, steps_per_epoch=100, batch_size=40
    ),
)
"""The same, wider, with residual blocks at full resolution, and trained for hours."""

CONTROL = replace(KOMPAKT, network="kontrolle", architecture="unet", flow=None)
"""The mean's network of ``kompakt`` without the prior, trained alike: what a plain U-Net can do."""

CLASSIFIER = Recipe(
    network="klassifikator",
    architecture="classifier",
    widths=(32, 64, 128, 192),
    holes="keine",
    flips=True,
    max_shift=3,
    loss="klassen",
    epochs=14,
    patience=14,
    optimizer="muon",
    learning_rate=1e-2,
    warmup=983,
)
"""The classifier of the semantics; it never sees a mask or a repaired image."""

OWN = {"kompakt": KOMPAKT, "gruendlich": GRUENDLICH}
"""The project's own networks."""


def of_run(settings: config.Config) -> dict[str, Recipe]:
    """Name → recipe of every network that the parameters of a run change."""
    original = replace(
        ORIGINAL,
        mask_size=settings.mask_size,
        epochs=settings.original_epochs,
        patience=settings.patience,
        batch_size=settings.batch_size,
        seed=settings.seed,
    )
    kompakt = replace(KOMPAKT, mask_size=settings.mask_size, epochs=settings.epochs, seed=settings.seed)
    return {"original": original, "original_relu": replace(original, output="relu"), "kompakt": kompakt}


def from_record(fields: Mapping) -> Recipe:
    """The recipe that a record of the store names.

    Raises
    ------
    TypeError
        If the record belongs to another version, whose recipes have other fields.
    """
    fields = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
    if fields.get("flow"):
        flow = {name: tuple(v) if isinstance(v, list) else v for name, v in fields["flow"].items()}
        fields["flow"] = Flow(**flow)
    return Recipe(**fields)
