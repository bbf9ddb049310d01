"""Architectures of `timm`: those in `timm.txt`, at least one of each module of it, mostly the smallest of a family.

What else than the name is asked of `timm.create_model` stands in `SMALLER`: fewer blocks, or a smaller picture.
"""

from pathlib import Path

NAMES = (Path(__file__).parent / "timm.txt").read_text().split()

SMALLER: dict[str, dict[str, int]] = {
    "aimv2_large_patch14_224": {"depth": 2},
    "deepseek_vit_412m": {"depth": 2, "img_size": 224},
    "gemma4_vit_167m": {"depth": 2, "img_size": 192},
    "naflexvit_base_patch16_gap": {"depth": 4},
    "naflexvit_base_patch16_parfac_gap": {"depth": 4},
    "qwen3_vit_88m": {"depth": 4, "img_size": 224},
    "vit_pe_core_tiny_patch16_384": {"img_size": 224},
    "vit_so150m_patch16_reg4_gap_256": {"depth": 4},
}

SIDES = {"csatv2": 256, "nasnetalarge": 224, "pnasnet5large": 224, "naflexvit_base_patch16_gap": 224}
"""The picture's side, where the architecture's own would take minutes and another will do."""
