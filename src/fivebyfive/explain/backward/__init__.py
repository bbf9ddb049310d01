"""The way back: how the loss's gradient reaches every value and every weight, each as a sum.

Autograd's own backward gives the gradients (`edges.py`); here each is explained from those behind it, without a single
formula of a derivative: a step is run again, alone, and PyTorch's forward-mode differentiation says how much each of
its values grows with the one that is asked about (`local.py`). Those numbers times the gradients there add up to the
gradient here (`sums.py`): that is the chain rule, and the sum is compared with autograd's number every time.

Source: A. Griewank, A. Walther, Evaluating Derivatives, 2nd edition, 2008, chapters 3.1 (forward) and 3.2 (reverse)
"""
