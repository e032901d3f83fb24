"""What a call really costs, by the public price list in `genai-prices`."""

from decimal import Decimal

import genai_prices
from genai_prices import data_snapshot

from quests.providers.reply import NOTHING, ModelUsage, ProviderConfig

EXACT = Decimal("0.00000001")


def load() -> None:
    """Read the price list, which takes 0.2 to 0.5 s, and 96 MB where Python may not keep its bytecode."""
    data_snapshot.get_snapshot()


def cost_usd(config: ProviderConfig, usage: ModelUsage) -> Decimal | None:
    """Return the price of this usage in US dollars, 8 digits; None when nobody lists that model."""
    if usage == NOTHING:
        return Decimal(0)
    figures = genai_prices.Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
    try:
        if config.base_url:
            price = genai_prices.calc_price(figures, config.model, provider_api_url=config.base_url)
        else:
            price = genai_prices.calc_price(figures, config.model, provider_id=config.provider)
    except LookupError:
        return None
    return price.total_price.quantize(EXACT)
