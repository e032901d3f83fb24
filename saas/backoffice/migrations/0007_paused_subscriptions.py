from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql

COLUMNS = "GRANT SELECT (paused_at, held_back) ON marketplace_paidsubscription TO app_analyst"


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0006_month_mrr_isolation"), ("marketplace", "0026_paused")]

    operations = [
        migrations.RunSQL(COLUMNS, migrations.RunSQL.noop),
        frozen_sql(__file__, "f7bbbddbd215c527cda1bd004b5bdfb5201a866c29c1c095968326cda6bee77a"),
    ]
