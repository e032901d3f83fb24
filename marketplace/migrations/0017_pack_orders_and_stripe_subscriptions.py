from django.db import migrations

PERMISSIONS = """
    INSERT INTO auth_permission (content_type_id, codename, name)
    SELECT permission.content_type_id, action || '_' || renamed.codename, 'Can ' || action || ' ' || renamed.name
    FROM (VALUES ('order', 'packorder', 'pack order'),
        ('paidsubscription', 'stripesubscription', 'Stripe subscription')) renamed(former, codename, name)
    CROSS JOIN unnest(ARRAY['add', 'change', 'delete', 'view']) action
    JOIN auth_permission permission ON permission.codename = action || '_' || former
    JOIN django_content_type type ON type.id = permission.content_type_id AND type.app_label = 'marketplace'
    ON CONFLICT DO NOTHING;
"""
HOLDERS = """
    INSERT INTO {table} ({holder}, permission_id)
    SELECT given.{holder}, present.id
    FROM {table} given
    JOIN auth_permission former ON former.id = given.permission_id
    JOIN django_content_type type ON type.id = former.content_type_id AND type.app_label = 'marketplace'
    JOIN auth_permission present ON present.content_type_id = type.id
        AND present.codename = regexp_replace(
            regexp_replace(former.codename, '_order$', '_packorder'), '_paidsubscription$', '_stripesubscription')
    WHERE former.codename ~ '_(order|paidsubscription)$'
    ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    """The tables keep their names. Whoever may see the former models may see the present ones.

    The former permissions stay: processes of the release before ask for them while an upgrade lasts.
    """

    dependencies = [
        ("accounts", "0018_who_is_staff"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("marketplace", "0016_managers_of_modes"),
    ]

    operations = [
        migrations.AlterModelTable("Order", "marketplace_order"),
        migrations.AlterModelTable("PaidSubscription", "marketplace_paidsubscription"),
        migrations.RenameModel("Order", "PackOrder"),
        migrations.RenameModel("PaidSubscription", "StripeSubscription"),
        migrations.AlterModelOptions("StripeSubscription", {"verbose_name": "Stripe subscription"}),
        migrations.RunSQL(PERMISSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(HOLDERS.format(table="auth_group_permissions", holder="group_id"), migrations.RunSQL.noop),
        migrations.RunSQL(
            HOLDERS.format(table="accounts_user_user_permissions", holder="user_id"), migrations.RunSQL.noop
        ),
    ]
