"""The explanation as a web page on this machine: `access` and `guard` refuse, `app` listens, `worker` computes."""
