"""At the root of the repository, from where Locust is started."""

NAME = "the repository's own settings"
