"""The streaming runtime of transit_eta: vehicles' snapshots in, arrival times at stops out.

All of it works on ports and on time that it is given; `windlass.flows.eta_runtime` is the flow.
"""
