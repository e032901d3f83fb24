from django.db import migrations

from saas.kernel.migration_helpers.v1 import frozen_sql


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0008_hash_in_one_place"),
        ("tokens", "0013_keep_purposes_out_of_events"),
    ]

    operations = [frozen_sql(__file__, "b6f948a0fa5e77766f52e85e84fe5485ff3f40e350a4f394e088dcaba9c63798")]
