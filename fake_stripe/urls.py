"""The pages of the fake Stripe, below /sandbox/; included in sandbox mode only."""

from django.urls import path

from fake_stripe import views

urlpatterns = [
    path("", views.operator_page, name="sandbox"),
    path("checkout/<str:id>", views.checkout_page, name="sandbox_checkout"),
    path("invoices/<str:id>", views.invoice_page, name="sandbox_invoice"),
    path("payments/<str:id>", views.payment_page, name="sandbox_payment"),
    path("receipts/<str:id>", views.receipt_page, name="sandbox_receipt"),
    path("portal/<str:id>", views.portal_page, name="sandbox_portal"),
]
