"""Which product does a session want next?"""
