"""The provider that needs no key: the feature's own plan. It costs nothing and cannot be down."""

import json

from quests.providers.reply import NOTHING, ProviderCall, Reply
from saas.metering.ai import AttemptResult


def ask(call: ProviderCall) -> Reply:
    """Answer with the prompt's plan, as text, so that it passes the same checks as everybody's."""
    return Reply(AttemptResult.OK, json.dumps(call.prompt.plan()), usage=NOTHING)
