"""What a value of an operation's output depends on: one rule for a family of operations, one direction of the image.

The kinds (`kinds/`) name the rule of each of their operations; `seen.py` follows them through a trace.
"""
