from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "saas.web"
    label = "web"
