"""Milepost: financial goals, AI quests, and a token ledger that is exact.

The plan of the house, from the roof to the ground. A room imports only what is on the lines below it; rooms on one
line know nothing of each other. Each begins with a docstring that says what it owns, its words and its invariants.

    root    saas.wsgi                                          the web process
            saas.urls | saas.celery | saas.settings            addresses, jobs, settings: know all, known by none
    staff   saas.backoffice                                    operators' commands, jobs and view: reads all
    rooms   saas.reports | saas.closing | saas.shell           reports, audit log | export, closing | around pages
            saas.notifications                                 what people get to know, in the application and by mail
            quests | marketplace | saas.team | saas.webhooks   goals, AI | money, gifts | people, keys | webhooks
            saas.metering                                      THE pipeline of a metered AI operation
            licensing                                          the license: what payments allow, its stages
            plans                                              price book, entitlements, overrides, roll-outs
            tokens | abuse                                     ledger | verdicts
            audit                                              append-only events in hash chains
    floor   saas.web                                           HTTP, pages' components, errors, idempotency
            saas.accounts                                      people, organizations, keys, the organization's lock
            saas.kernel                                        tenancy, transactions, clock, ids
    apart   saas.launch                                        the launcher behind manage.py
            fake_stripe                                        Stripe in sandbox mode; only settings name it

README.md and docs/architecture.md repeat this plan, pyproject.toml has import-linter hold it, and
tests/architecture/test_plan.py holds the four to be one.
"""
