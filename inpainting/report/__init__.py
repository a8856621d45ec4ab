"""From an executed notebook to HTML, PDF and slides, and the checks of the finished report."""
