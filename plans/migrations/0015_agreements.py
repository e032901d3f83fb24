"""What was agreed with single organizations; every subscription is pinned to what it pays now."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import saas.accounts.tenancy
import saas.kernel.ids
import saas.kernel.isolation
from saas.kernel.migration_helpers.v1 import Isolate

# The owner too is bound by the tables' policies, so they are lifted for these statements. A subscription is pinned to
# the version that it pays for: the one in effect when it began, else the newest of its price, else the newest there is,
# at its own price. Where the price was never stored, the one in effect when it began counts. Nobody knows what was agreed for a scheduled plan: it is what is sold now.
FILL = """
    ALTER TABLE plans_agreement NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE plans_subscription NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_paidsubscription NO FORCE ROW LEVEL SECURITY;
    INSERT INTO plans_agreement (id, organization_id, subscription_id, plan_key, price_book_version, monthly_price,
        monthly_tokens, overage_token_price, pack_prices, starts_at, reason)
    SELECT DISTINCT ON (s.id) uuidv7(), s.organization_id, s.id, s.plan_key, b.version,
        coalesce(paid.price, plan.monthly_price), plan.monthly_tokens, plan.overage_token_price, '{}', s.anchor_at, ''
    FROM plans_subscription s
    JOIN plans_plan plan ON plan.key = s.plan_key
    JOIN plans_price_book b ON b.version = plan.price_book_id AND b.effective_at <= clock_timestamp()
    LEFT JOIN LATERAL (
        SELECT p.subscription_id, p.billed_cents / 100.0 AS price FROM marketplace_paidsubscription p
        WHERE p.organization_id = s.organization_id AND p.plan_subscription_id = s.id AND p.ended_at IS NULL
            AND NOT p.duplicate AND p.plan_key = s.plan_key
        LIMIT 1) paid ON true
    WHERE s.ended_at IS NULL
    ORDER BY s.id, (plan.monthly_price = paid.price) DESC NULLS LAST, (paid.subscription_id IS NOT NULL AND b.version = (
        SELECT max(version) FROM plans_price_book WHERE effective_at <= s.created_at)) DESC, b.version DESC;
    INSERT INTO plans_agreement (id, organization_id, subscription_id, plan_key, price_book_version, monthly_price,
        monthly_tokens, overage_token_price, pack_prices, starts_at, reason)
    SELECT uuidv7(), s.organization_id, s.id, plan.key, plan.price_book_id, plan.monthly_price, plan.monthly_tokens,
        plan.overage_token_price, '{}', s.scheduled_for, ''
    FROM plans_subscription s
    JOIN plans_plan plan ON plan.key = s.scheduled_plan_key AND plan.price_book_id = (
        SELECT max(version) FROM plans_price_book WHERE effective_at <= clock_timestamp())
    WHERE s.ended_at IS NULL AND s.scheduled_for IS NOT NULL AND s.scheduled_plan_key <> 'starter';
    SET CONSTRAINTS ALL IMMEDIATE;
    ALTER TABLE marketplace_paidsubscription FORCE ROW LEVEL SECURITY;
    ALTER TABLE plans_subscription FORCE ROW LEVEL SECURITY;
    ALTER TABLE plans_agreement FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_many_at_once"),
        ("marketplace", "0017_pack_orders_and_stripe_subscriptions"),
        ("plans", "0014_refresh_many"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("plan_key", models.SlugField(max_length=40)),
                ("price_book_version", models.PositiveIntegerField()),
                ("monthly_price", models.DecimalField(decimal_places=2, max_digits=12)),
                ("monthly_tokens", models.PositiveIntegerField()),
                ("overage_token_price", models.DecimalField(decimal_places=4, max_digits=10, null=True)),
                ("pack_prices", models.JSONField(default=dict)),
                ("starts_at", models.DateTimeField(null=True)),
                ("agreed_until", models.DateTimeField(null=True)),
                ("announced_for", models.DateTimeField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=saas.accounts.tenancy._current_organization,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "subscription",
                    saas.kernel.isolation.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agreements",
                        to="plans.subscription",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("starts_at__isnull", False)),
                        fields=("organization", "plan_key", "subscription", "starts_at"),
                        name="agreement_one_in_force",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("announced_for__isnull", False), ("applied_at", None), ("withdrawn_at", None)
                        ),
                        fields=("organization",),
                        name="agreement_one_announced",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("starts_at__isnull", False), ("withdrawn_at", None)),
                            models.Q(("announced_for__isnull", False), ("applied_at", None), ("starts_at", None)),
                            _connector="OR",
                        ),
                        name="agreement_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("monthly_price__gte", 0),
                            models.Q(("overage_token_price", None), ("overage_token_price__gt", 0), _connector="OR"),
                        ),
                        name="agreement_prices_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed_until", None), ("pack_prices", {}), ("subscription__isnull", False)),
                            models.Q(
                                ("subscription", None),
                                models.Q(("reason", ""), _negated=True),
                                ("monthly_price__gt", 0),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_custom_has_reason",
                    ),
                ],
            },
        ),
        Isolate("Agreement"),
        migrations.RunSQL(FILL, reverse_sql=migrations.RunSQL.noop),
    ]
