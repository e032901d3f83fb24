"""What stands around every page of a customer's: the organization, its balance and license, the bell.

Owns nothing. It reads many rooms, and so stands above them all; none of them knows of it.
"""
