"""The web process: synchronous Django with a small pool of connections shared by its many threads."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
# Few connections make a busy organization faster: writers of one organization take turns anyway.
os.environ.setdefault("DATABASE_POOL_SIZE", "8")
os.environ["MILEPOST_PROCESS"] = "web"

from django.core.wsgi import get_wsgi_application

from quests.features import knowledge
from quests.providers import calls
from saas.celery import app  # noqa: F401  (the process that sends tasks must know the broker)
from saas.kernel import tenancy
from saas.kernel.startup import refuse_to_start

tenancy.serve_requests()

application = get_wsgi_application()
refuse_to_start()
calls.load()
knowledge.load()

# What was loaded stays: a full collection that looks through all of it holds up every request for some 200 ms.
gc.collect()
gc.freeze()
