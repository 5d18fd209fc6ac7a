"""What `make bench` measures: ratios against peers, side by side in one run."""
