"""A verdict and its run in; HTML, terminal, Markdown and JUnit out. It reads no clock and prints nothing."""
