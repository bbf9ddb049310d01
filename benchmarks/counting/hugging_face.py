"""Architectures of `transformers`, each made small from its configuration: two layers, narrow, with random weights.

`MADE` gives for each its model's class, its configuration's values and what it takes: pictures, words as numbers, or
sound. A configuration's class is the one that the model's class names.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

Asked = tuple[str, Mapping[str, Any], Mapping[str, tuple[int, ...]]]
"""The model's class, its configuration, and the shape of every argument."""

PICTURE = {"pixel_values": (1, 3, 64, 64)}
WORDS = {"input_ids": (1, 12)}
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
SEES = {**SMALL, "image_size": 64, "patch_size": 16}
READS = {**SMALL, "vocab_size": 100, "max_position_embeddings": 64, "pad_token_id": 0}
HEARS = {
    **SMALL,
    "conv_dim": (16, 16),
    "conv_kernel": (10, 3),
    "conv_stride": (5, 2),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
STAGES = {"hidden_sizes": [16, 32, 48, 64], "depths": [1, 1, 1, 1]}

MADE: dict[str, Asked] = {
    # pictures
    "vit": ("ViTForImageClassification", SEES, PICTURE),
    "deit": ("DeiTForImageClassificationWithTeacher", SEES, PICTURE),
    "beit": ("BeitForImageClassification", SEES, PICTURE),
    "data2vec-vision": ("Data2VecVisionModel", SEES, PICTURE),
    "dinov2": ("Dinov2Model", SEES, PICTURE),
    "dinov2-registers": ("Dinov2WithRegistersModel", SEES, PICTURE),
    "dinov3": ("DINOv3ViTModel", SEES, PICTURE),
    "ijepa": ("IJepaModel", SEES, PICTURE),
    "vit-msn": ("ViTMSNModel", SEES, PICTURE),
    "yolos": ("YolosForObjectDetection", {**SEES, "image_size": [64, 64], "num_detection_tokens": 5}, PICTURE),
    "swin": (
        "SwinForImageClassification",
        {"image_size": 64, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4},
        PICTURE,
    ),
    "swinv2": (
        "Swinv2ForImageClassification",
        {"image_size": 64, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4},
        PICTURE,
    ),
    "convnext": ("ConvNextForImageClassification", STAGES, PICTURE),
    "convnextv2": ("ConvNextV2ForImageClassification", STAGES, PICTURE),
    "resnet": ("ResNetForImageClassification", {**STAGES, "embedding_size": 16}, PICTURE),
    "regnet": ("RegNetForImageClassification", {**STAGES, "embedding_size": 16, "groups_width": 8}, PICTURE),
    "mobilenet-v1": ("MobileNetV1ForImageClassification", {"image_size": 64, "depth_multiplier": 0.25}, PICTURE),
    "mobilenet-v2": ("MobileNetV2ForImageClassification", {"image_size": 64, "depth_multiplier": 0.35}, PICTURE),
    "mobilevit": (
        "MobileViTForImageClassification",
        {
            "image_size": 64,
            "hidden_sizes": [32, 40, 48],
            "neck_hidden_sizes": [8, 16, 24, 32, 40, 48, 64],
            "num_attention_heads": 4,
        },
        PICTURE,
    ),
    "mobilevitv2": ("MobileViTV2ForImageClassification", {"image_size": 64, "width_multiplier": 0.5}, PICTURE),
    "efficientnet": (
        "EfficientNetForImageClassification",
        {"image_size": 64, "width_coefficient": 0.35, "depth_coefficient": 0.4, "hidden_dim": 448},
        PICTURE,
    ),
    "segformer": ("SegformerForSemanticSegmentation", {"hidden_sizes": [16, 32, 48, 64]}, PICTURE),
    "pvt": ("PvtForImageClassification", {"image_size": 64, "hidden_sizes": [16, 32, 40, 64]}, PICTURE),
    "pvt-v2": ("PvtV2ForImageClassification", {"image_size": 64, "hidden_sizes": [16, 32, 40, 64]}, PICTURE),
    "poolformer": ("PoolFormerForImageClassification", {"hidden_sizes": [16, 32, 48, 64]}, PICTURE),
    "levit": ("LevitForImageClassification", {"image_size": 64, "hidden_sizes": [32, 48, 64]}, PICTURE),
    "cvt": ("CvtForImageClassification", {"embed_dim": [16, 32, 48], "num_heads": [1, 2, 3]}, PICTURE),
    "focalnet": ("FocalNetForImageClassification", {"image_size": 64, "embed_dim": 16, "depths": [1, 1]}, PICTURE),
    "hiera": ("HieraForImageClassification", {"embed_dim": 24}, {"pixel_values": (1, 3, 224, 224)}),
    "bit": ("BitForImageClassification", {**STAGES, "embedding_size": 16, "num_groups": 8}, PICTURE),
    "swiftformer": (
        "SwiftFormerForImageClassification",
        {"image_size": 64, "depths": [1, 1, 1, 1], "embed_dims": [16, 24, 32, 48]},
        PICTURE,
    ),
    "textnet": ("TextNetForImageClassification", {}, PICTURE),
    "hgnet-v2": ("HGNetV2ForImageClassification", {}, PICTURE),
    "dpt": (
        "DPTForDepthEstimation",
        {
            **SEES,
            "num_hidden_layers": 4,
            "backbone_out_indices": [0, 1, 2, 3],
            "neck_hidden_sizes": [8, 16, 16, 16],
            "fusion_hidden_size": 16,
        },
        PICTURE,
    ),
    "glpn": ("GLPNForDepthEstimation", {"hidden_sizes": [16, 32, 40, 64], "decoder_hidden_size": 16}, PICTURE),
    "upernet": (
        "UperNetForSemanticSegmentation",
        {"hidden_size": 16, "pool_scales": [1, 2], "auxiliary_in_channels": 1024, "num_labels": 5},
        PICTURE,
    ),
    "superpoint": ("SuperPointForKeypointDetection", {}, PICTURE),
    "vitmatte-swin2sr": ("Swin2SRModel", {"image_size": 32, "embed_dim": 24, "depths": [2], "num_heads": [2]}, PICTURE),
    "clip-vision": ("CLIPVisionModel", SEES, PICTURE),
    "siglip-vision": ("SiglipVisionModel", SEES, PICTURE),
    "vit-mae": ("ViTMAEModel", SEES, PICTURE),
    "blip-vision": ("BlipVisionModel", SEES, PICTURE),
    "videomae": ("VideoMAEModel", {**SEES, "num_frames": 4}, {"pixel_values": (1, 4, 3, 64, 64)}),
    "timesformer": ("TimesformerModel", {**SEES, "num_frames": 2}, {"pixel_values": (1, 2, 3, 64, 64)}),
    "perceiver": (
        "PerceiverForImageClassificationLearned",
        {"num_latents": 8, "d_latents": 32, "num_self_attends_per_block": 2, "num_self_attention_heads": 4},
        {"inputs": (1, 3, 56, 56)},
    ),
    # words
    "bert": ("BertForSequenceClassification", READS, WORDS),
    "distilbert": ("DistilBertModel", {"vocab_size": 100, "dim": 32, "n_layers": 2, "n_heads": 4}, WORDS),
    "roberta": ("RobertaModel", READS, WORDS),
    "albert": ("AlbertModel", {**READS, "embedding_size": 16}, WORDS),
    "electra": ("ElectraModel", {**READS, "embedding_size": 16}, WORDS),
    "deberta-v2": ("DebertaV2Model", {**READS, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}, WORDS),
    "gpt2": ("GPT2LMHeadModel", {"vocab_size": 100, "n_embd": 32, "n_layer": 2, "n_head": 4}, WORDS),
    "t5-encoder": ("T5EncoderModel", {"vocab_size": 100, "d_model": 32, "d_ff": 64, "num_layers": 2}, WORDS),
    "llama": ("LlamaForCausalLM", {**READS, "num_key_value_heads": 2}, WORDS),
    "mamba": ("MambaModel", {"vocab_size": 100, "hidden_size": 16, "num_hidden_layers": 2}, WORDS),
    "rwkv": ("RwkvModel", {"vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 2}, WORDS),
    "fnet": ("FNetModel", READS, WORDS),
    "clip": (
        "CLIPModel",
        {"text_config": {**READS, "eos_token_id": 2, "bos_token_id": 1}, "vision_config": SEES, "projection_dim": 16},
        {**WORDS, **PICTURE},
    ),
    # sound
    "wav2vec2": ("Wav2Vec2Model", HEARS, {"input_values": (1, 1600)}),
    "hubert": ("HubertModel", HEARS, {"input_values": (1, 1600)}),
    "whisper-encoder": (
        "WhisperForAudioClassification",
        {"d_model": 32, "encoder_layers": 2, "encoder_attention_heads": 4, "encoder_ffn_dim": 64},
        {"input_features": (1, 80, 3000)},
    ),
    "audio-spectrogram": (
        "ASTForAudioClassification",
        {**SMALL, "max_length": 64, "num_mel_bins": 32},
        {"input_values": (1, 64, 32)},
    ),
    "encodec": (
        "EncodecModel",
        {"num_filters": 4, "hidden_size": 16, "codebook_dim": 16},
        {"input_values": (1, 1, 1600)},
    ),
}


def made(name: str) -> tuple[nn.Module, dict[str, Tensor]]:
    """The network, and what to give it."""
    import transformers

    model, values, shapes = MADE[name]
    kind = getattr(transformers, model)
    return kind(kind.config_class(**values)), {argument: _values(argument, shape) for argument, shape in shapes.items()}


def _values(argument: str, shape: tuple[int, ...]) -> Tensor:
    return torch.randint(3, 90, shape) if argument == "input_ids" else torch.rand(shape)
