"""The explanation as a web page on this machine: `guard` refuses, `app` listens, `answers` computes."""
