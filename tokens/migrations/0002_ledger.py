from django.db import migrations

from saas.kernel.migration_helpers.v1 import Isolate, frozen_sql


class Migration(migrations.Migration):
    dependencies = [("tokens", "0001_tables"), ("audit", "0002_stream")]

    operations = [
        Isolate("Account", keyed=False, writable=False),
        Isolate("Bucket", writable=False),
        Isolate("Hold", keyed=False, writable=False),
        Isolate("Entry", keyed=False, writable=False),
        Isolate("Quota", keyed=False, writable=False),
        frozen_sql(__file__, "869df6d88dc0b41b51d11c8f198a1fd767605f7c7656102c5ad7cf06a751c023"),
    ]
