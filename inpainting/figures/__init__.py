"""Arrays and estimates to matplotlib figures in one house style.  Never trains, loads, shows or saves."""

from inpainting.figures.charts import (
    draw_ladder,
    plot_answers,
    plot_classes,
    plot_error_maps,
    plot_hole_sizes,
    plot_losses,
    plot_steps,
    plot_sweep,
    plot_trainings,
)
from inpainting.figures.images import Example, plot_fills, plot_image_rows, plot_masks
from inpainting.figures.networks import Stage, plot_architecture, plot_pipeline
from inpainting.figures.style import FONT, METHOD_COLOURS, STYLE, WIDTH, decimal_comma, house_style, styled

__all__ = [
    "FONT",
    "METHOD_COLOURS",
    "STYLE",
    "WIDTH",
    "Example",
    "Stage",
    "decimal_comma",
    "draw_ladder",
    "house_style",
    "plot_answers",
    "plot_architecture",
    "plot_classes",
    "plot_error_maps",
    "plot_fills",
    "plot_image_rows",
    "plot_losses",
    "plot_masks",
    "plot_pipeline",
    "plot_hole_sizes",
    "plot_trainings",
    "plot_steps",
    "plot_sweep",
    "styled",
]
