"""What the applications have in common: settings for the database named in the environment, and their actions."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

CONTRIB = ["admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites"]
_MIDDLEWARE = ["sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware",
               "messages.middleware.MessageMiddleware"]  # fmt: skip
_CONTEXT = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages"]  # fmt: skip


def configure(
    apps: list[str], *, middleware: tuple[str, ...] = (), context: tuple[str, ...] = (), folders: tuple[str, ...] = (),
    **more: Any,
) -> None:  # fmt: skip
    """Settings for an application of these apps; the database is the one that PGPORT and PGDATABASE name.

    MISTAKES, where it is set, is JSON: {"middleware": [dotted names], "database": {settings of Django's database}}.
    """
    mistakes = json.loads(os.environ.get("MISTAKES", "{}"))
    database = {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "PORT": os.environ["PGPORT"],
                "NAME": os.environ["PGDATABASE"], "USER": "postgres", **mistakes.get("database", {})}  # fmt: skip
    templates = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                 "DIRS": folders, "OPTIONS": {"context_processors": [*_CONTEXT, *context]}}  # fmt: skip
    settings.configure(
        SECRET_KEY="of no use", DATABASES={"default": database}, INSTALLED_APPS=apps, TEMPLATES=[templates], SITE_ID=1,
        MIDDLEWARE=[*(f"django.contrib.{name}" for name in _MIDDLEWARE), *middleware, *mistakes.get("middleware", [])],
        ROOT_URLCONF="__main__",
        USE_TZ=True, STATIC_URL="/static/", ALLOWED_HOSTS=["*"], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend", **more,
    )  # fmt: skip
    django.setup()


def act(fill: Callable[[], None], answer: Callable[[], dict[str, Any]]) -> None:
    """`fill`: migrate and make two tenants; `answer`: use it, and print what it said; `serve`: behind gunicorn."""
    if sys.argv[1] == "fill":
        call_command("migrate", verbosity=0)
        fill()
    elif sys.argv[1] == "serve":
        _serve(json.loads(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(answer()))


def _serve(chosen: dict[str, Any]) -> None:
    """Answer with gunicorn's settings as `chosen`, until a signal ends it."""
    from django.core.wsgi import get_wsgi_application
    from gunicorn.app.base import BaseApplication

    class Served(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in chosen.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return get_wsgi_application()

    Served().run()
