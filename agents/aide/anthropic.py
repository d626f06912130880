"""Stands in for Anthropic's client, which AIDE imports and does not use here; the real one takes longer than all the rest."""


class Anthropic:
    pass


RateLimitError = APIConnectionError = APITimeoutError = InternalServerError = Exception
