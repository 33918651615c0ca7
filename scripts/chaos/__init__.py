"""Chaos: the whole system on the embedded cloud, while events are lost and doubled and processes die.

The injectors sit in the cloud's own process, outside the product's code: `server` puts them there.
`python -m chaos` drives jobs through it and judges what has become of every item.
"""
