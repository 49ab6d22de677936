"""Still pictures: arrays in, a matplotlib Figure out. Nothing here computes what a lesson teaches."""
