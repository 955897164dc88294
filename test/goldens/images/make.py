"""The goldens of images that are cropped:

python make.py, with transformers 5.24.0 and Pillow 10.3.0, since Pillow 13 resamples the columns of some images first.

Each is a random image, a preprocessor_config.json and what the processor that it names makes of the image with Pillow: pixels,
before they are rescaled, and pixel_values.
"""

import json
import os

import numpy as np
import PIL
import transformers
from PIL import Image
from safetensors.numpy import save_file
from transformers import AutoImageProcessor

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
BIT = {"image_processor_type": "BitImageProcessor", "crop_size": {"height": 14, "width": 14}, "size": {"shortest_edge": 17}, **IMAGENET}
DEIT = {"feature_extractor_type": "DeiTFeatureExtractor", "do_center_crop": True, "resample": 3, **IMAGENET}
CASES = {
    "crop-tall-23x50": BIT,
    "crop-wide-61x20": BIT,
    "crop-square-31x31": {**BIT, "resample": 2},
    "crop-enlarged-9x5": {**BIT, "do_normalize": False},
    "crop-wider-than-high-20x33": {**BIT, "crop_size": {"height": 9, "width": 16}},
    "crop-larger-than-scaled-30x40": {**BIT, "crop_size": 22},
    "crop-larger-on-one-side-70x31": {**BIT, "size": {"shortest_edge": 11}, "crop_size": {"height": 20, "width": 8}},
    "crop-same-size-17x24": BIT,
    "crop-deit-33x26": {**DEIT, "size": 16, "crop_size": 13},
    "crop-deit-default-size-40x30": {**DEIT, "crop_size": {"height": 10, "width": 8}},
    "crop-vit-25x30": {"do_center_crop": True, "size": {"shortest_edge": 12}, "crop_size": 9, "image_processor_type": "ViTImageProcessor"},
}

for seed, (name, config) in enumerate(CASES.items()):
    os.makedirs(name, exist_ok=True)
    width, height = map(int, name.split("-")[-1].split("x"))
    image = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))
    image.save(f"{name}/input.png")
    with open(f"{name}/preprocessor_config.json", "w") as file:
        json.dump(config, file, indent=1)
        file.write("\n")
    processor = AutoImageProcessor.from_pretrained(name, backend="pil")
    pixels = processor(image, do_rescale=False, do_normalize=False)["pixel_values"][0].transpose(1, 2, 0)
    values = processor(image)["pixel_values"][0]
    save_file({"pixels": np.ascontiguousarray(pixels), "pixel_values": np.ascontiguousarray(values[None])}, f"{name}/expected.safetensors")
    with open(f"{name}/case.json", "w") as file:
        reference = f"transformers {transformers.__version__}, Pillow {PIL.__version__}: ../make.py"
        json.dump({"kind": "image", "reference": reference}, file, indent=1)
        file.write("\n")
    print(name, type(processor).__name__, pixels.shape, pixels.dtype, values.dtype)
