"""A recipe becomes a trained network: recipe, task with its batches, loop, store."""
