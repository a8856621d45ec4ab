"""What a method is worth: scores of images, the benchmark, the ladder."""
