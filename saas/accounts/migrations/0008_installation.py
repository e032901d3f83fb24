"""How this database earns money: one row that the application's roles only read."""

from django.db import migrations, models

FILL = "INSERT INTO accounts_installation (id, billing_mode) VALUES (true, '')"
READ_ONLY = (
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON accounts_installation FROM app_web, app_system"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_sql_hashes")]

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("billing_mode", models.CharField(blank=True, max_length=7)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", True)), name="installation_once"),
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(READ_ONLY, migrations.RunSQL.noop),
    ]
