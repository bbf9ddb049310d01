"""Why this answer: what each pixel, and each map of each step, contributed to a class, or to one rather than another.

A contribution is a value times its gradient: how much the class's number would fall, to first order, were the value 0.
The gradients come by a sweep backwards through the trace's own steps (`sweep.py`), so any trace can be asked, and at
every step what does not go on to its inputs is named: a bias, a curve, a hole. So the account adds up to the number,
exactly, and not just for networks where it happens to (`account.py`). Grad-CAM is the same with the places averaged
(`cam.py`). None of it is proof: the honest test covers pixels and switches maps off, and looks (`covering.py`).

Sources: K. Simonyan and others, Deep inside convolutional networks, https://arxiv.org/abs/1312.6034 (gradients);
A. Shrikumar and others, Not just a black box, https://arxiv.org/abs/1605.01713 (gradient × input);
M. Ancona and others, Towards better understanding of gradient-based attribution, https://arxiv.org/abs/1711.06104
(what it has to do with the other methods); R. Selvaraju and others, Grad-CAM, https://arxiv.org/abs/1610.02391;
M. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, https://arxiv.org/abs/1311.2901 (covering)
"""
