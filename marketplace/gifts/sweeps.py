"""Run the jobs of gifts for each organization that has something to do."""

from marketplace.gifts import endings, gifted_packs
from marketplace.gifts.queries import REMIND_BEFORE, due
from saas.kernel import tenancy
from saas.kernel.items import for_each_organization


def look_after_gifts() -> int:
    """Expire gifts, remind of those that will, deliver what was left undone; return how many."""
    with tenancy.system():
        late = set(due().values_list("organization_id", flat=True))
        waiting = set(due(REMIND_BEFORE).filter(reminded_at=None).values_list("organization_id", flat=True))
    expired = for_each_organization("gifts: expire", late, endings.expire)
    reminded = for_each_organization("gifts: remind", waiting - late, endings.remind)
    return sum(expired) + sum(reminded) + gifted_packs.deliver_undelivered()
