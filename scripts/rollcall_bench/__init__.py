"""The benchmark: every engine over the same items, calculations and routes, one after the other.

It runs on an embedded cloud of its own. What is measured there is how the engines compare and what they call; what
those calls cost is AWS's price list times the counts.
"""
