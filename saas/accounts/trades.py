"""The trades an organization can have. What the planner knows of each is in `quests.features.knowledge`."""

from django.db import models


class Trade(models.TextChoices):
    """What an organization does for a living, in the words it is asked with. Empty where nobody said."""

    RESTAURANT = "restaurant", "Restaurant, café or bar"
    BAKERY = "bakery", "Bakery or food maker"
    CATERING = "catering", "Catering or food truck"
    LODGING = "lodging", "Hotel or guest house"
    RETAIL = "retail", "Shop"
    WEBSHOP = "webshop", "Online shop"
    CRAFTS = "crafts", "Crafts and handmade goods"
    BEAUTY = "beauty", "Hair, beauty or wellness"
    HEALTH = "health", "Medical, dental or therapy practice"
    FITNESS = "fitness", "Gym, studio or sports"
    BUILDING = "building", "Building and repair trades"
    GARAGE = "garage", "Garage or vehicle services"
    CLEANING = "cleaning", "Cleaning, laundry or household services"
    TRANSPORT = "transport", "Transport or delivery"
    FREELANCE = "freelance", "Freelancer or consultant"
    AGENCY = "agency", "Agency or professional practice"
    SOFTWARE = "software", "Software or online service"
    TEACHING = "teaching", "Teaching and courses"
    EVENTS = "events", "Photography, weddings and events"
    ANIMALS = "animals", "Pets and animals"
    FARMING = "farming", "Farm, garden or winery"
    CLUB = "club", "Club, charity or association"
    OTHER = "other", "Something else"
