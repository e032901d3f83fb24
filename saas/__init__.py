"""Milepost: financial goals, AI quests, and a token ledger that is exact.

Here are the composition root (settings, urls, celery, wsgi), the rooms every app stands on (kernel,
accounts, web), the one path of a metered AI operation (metering), people working together (team), staff's view
(backoffice), and the launcher behind manage.py (launch). `fake_stripe`, beside the apps, is Stripe in sandbox mode.
"""
