"""The frame of every customer's page: the organization, its balance and license, the notifications.

Owns nothing. It reads many rooms, and so stands above them all; none of them knows of it.
"""
