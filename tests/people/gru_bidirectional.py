import torch
import torch.nn as nn


class GRUClassifier(nn.Module):
    def __init__(self, hidden=24, n_layers=1, dropout=0.2, n_classes=10):
        super().__init__()
        self.gru = nn.GRU(28, hidden, n_layers, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(2 * hidden, n_classes)

    def forward(self, x):
        x = x.squeeze(1)
        _, h = self.gru(x)
        h = torch.cat([h[-2], h[-1]], dim=1)
        return self.out(self.dropout(h))
