"""The inference server: one process per pod that answers with the champion, and gives a candidate,
scored in a process of its own, an exact share of the requests.
"""
