from django.db import migrations


class Migration(migrations.Migration):
    """The tables keep their names; content types are renamed, old permissions stay as they are."""

    dependencies = [("fake_stripe", "0001_models_of_marketplace")]

    operations = [
        migrations.RenameModel("SandboxObject", "FakeObject"),
        migrations.RenameModel("SandboxEvent", "FakeEvent"),
        migrations.RenameModel("SandboxDelivery", "FakeDelivery"),
        migrations.RenameModel("SandboxAnswer", "FakeAnswer"),
        *(
            migrations.AlterModelOptions(name, {"default_permissions": ()})
            for name in ("FakeObject", "FakeEvent", "FakeDelivery", "FakeAnswer")
        ),
    ]
