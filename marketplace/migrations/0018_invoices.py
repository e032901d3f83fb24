import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
from django.db import migrations, models

import marketplace.models.modes
import saas.accounts.tenancy
import saas.kernel.ids
import saas.kernel.isolation
from saas.kernel.migration_helpers.v1 import Isolate

# What was sold until now gets a receipt each; its invoice, where Stripe wrote one, comes with the comparison. The owner
# too is bound by the tables' policies, so they are lifted for the one statement.
RECEIPTS = """
    ALTER TABLE marketplace_payment NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_order NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_invoice NO FORCE ROW LEVEL SECURITY;
    INSERT INTO marketplace_invoice (id, organization_id, mode, receipt_number, payment_id, what, number, total_cents, tax_cents,
        currency, customer_name, customer_address, customer_tax_ids, hosted_url, pdf_url, issued_at)
    SELECT p.id, p.organization_id, p.mode, row_number() OVER (PARTITION BY p.organization_id, p.mode ORDER BY p.paid_at, p.id),
        p.id, coalesce(o.pack_name, initcap(p.plan_key)), '', p.paid_cents, 0, p.currency, '', '', '', '', '', p.paid_at
    FROM marketplace_payment p
    LEFT JOIN marketplace_order o ON o.organization_id = p.organization_id AND o.id = p.order_id;
    ALTER TABLE marketplace_invoice FORCE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_order FORCE ROW LEVEL SECURITY;
    ALTER TABLE marketplace_payment FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_many_at_once"),
        ("marketplace", "0017_pack_orders_and_stripe_subscriptions"),
    ]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="tax_cents",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("sandbox", "Sandbox"), ("test", "Test"), ("live", "Live")],
                        default=marketplace.models.modes.present_mode,
                        max_length=7,
                    ),
                ),
                ("receipt_number", models.PositiveIntegerField()),
                ("invoice_id", models.CharField(max_length=255, null=True)),
                ("what", models.CharField(max_length=200)),
                ("number", models.CharField(blank=True, max_length=100)),
                ("total_cents", models.PositiveBigIntegerField()),
                ("tax_cents", models.PositiveBigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("customer_name", models.CharField(blank=True, max_length=500)),
                ("customer_address", models.TextField(blank=True)),
                ("customer_tax_ids", models.TextField(blank=True)),
                ("hosted_url", models.TextField(blank=True)),
                ("pdf_url", models.TextField(blank=True)),
                ("issued_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
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
                    "payment",
                    saas.kernel.isolation.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="marketplace.payment",
                    ),
                ),
            ],
            managers=[
                ("of_all_modes", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                (
                    "id",
                    models.UUIDField(default=saas.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("sandbox", "Sandbox"), ("test", "Test"), ("live", "Live")],
                        default=marketplace.models.modes.present_mode,
                        max_length=7,
                    ),
                ),
                ("credit_note_id", models.CharField(max_length=255)),
                ("number", models.CharField(max_length=100)),
                ("total_cents", models.PositiveBigIntegerField()),
                ("tax_cents", models.PositiveBigIntegerField(default=0)),
                ("voided", models.BooleanField(default=False)),
                ("pdf_url", models.TextField(blank=True)),
                ("issued_at", models.DateTimeField()),
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
                    "invoice",
                    saas.kernel.isolation.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="marketplace.invoice",
                    ),
                ),
            ],
            options={
                "db_table": "marketplace_credit_note",
            },
            managers=[
                ("of_all_modes", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("mode", "invoice_id"), name="invoice_once"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("payment",), name="invoice_one_a_payment"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                fields=("organization", "mode", "receipt_number"), name="invoice_receipt_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("tax_cents__lte", models.F("total_cents"))), name="invoice_tax_at_most"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.UniqueConstraint(fields=("mode", "credit_note_id"), name="credit_note_once"),
        ),
        Isolate("Invoice"),
        Isolate("CreditNote"),
        migrations.RunSQL(RECEIPTS, migrations.RunSQL.noop),
    ]
