"""Which permissions the platform's roles have, which of them were used, and by what."""
