from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "saas.notifications"
    label = "notifications"
    releases_sql = False  # audit made the tables: its migrations isolate them
