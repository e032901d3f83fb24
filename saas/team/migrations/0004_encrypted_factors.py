"""Second factors whose seeds and codes are encrypted from now on."""

from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import migrations


def key(secret_key: str) -> Fernet:
    """Return the key of second factors, as it was derived when this migration was written."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"milepost second factors")
    return Fernet(urlsafe_b64encode(derivation.derive(secret_key.encode())))


def encrypt(apps: Any, schema_editor: Any) -> None:
    """Encrypt what stands there in clear; what is encrypted already stays."""
    box = MultiFernet([key(each) for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])
    authenticators = apps.get_model("mfa", "Authenticator").objects.using(schema_editor.connection.alias)

    def hidden(text: str) -> str:
        try:
            box.decrypt(text.encode())
        except InvalidToken:
            return box.encrypt(text.encode()).decode()
        return text

    for each in authenticators.filter(type__in=["totp", "recovery_codes"]).select_for_update():
        for name in ("secret", "seed"):
            if isinstance(each.data.get(name), str):
                each.data[name] = hidden(each.data[name])
        if "migrated_codes" in each.data:
            each.data["migrated_codes"] = [hidden(code) for code in each.data["migrated_codes"]]
        each.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("team", "0003_account_activity"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(encrypt, migrations.RunPython.noop)]
