"""Services that a trial's door can offer. Each module has a class `Service`; see `mldevbench.offers`."""
