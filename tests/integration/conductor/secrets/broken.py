"""A locustfile that raises while it is imported."""

import json
import os

SECRETS = json.loads(os.environ["SECRETS"])
raise RuntimeError(f"cannot reach postgres://shop:{SECRETS['exception at import']}@db/shop")
