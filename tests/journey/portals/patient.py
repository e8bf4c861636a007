"""Requests that wait for their answer: how long one takes is the machine's affair, not the test's."""

from functools import partial

import httpx

SECONDS = 300
"""For a server that has hung, in which case the test fails."""

get = partial(httpx.get, timeout=SECONDS)
post = partial(httpx.post, timeout=SECONDS)
request = partial(httpx.request, timeout=SECONDS)
