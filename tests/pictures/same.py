"""Tells which files of one folder are not the same picture as the file of that name in another, or say more than an orientation.

    python same.py BEFORE AFTER

Wants Pillow. Every frame is decoded in both, and its pixels, colour profile and duration are compared. The last line is
"N pictures compared".
"""

import sys
import warnings
from pathlib import Path

from PIL import Image

warnings.simplefilter("ignore")

ORIENTATION = 0x0112
# What a decoder tells of the pixels; the rest of it is metadata.
SHOWN = ("transparency", "background", "loop", "gamma", "chromaticity", "jfif_density", "jfif_unit", "adobe_transform")


def frames(path):
    """The facts of each frame; or the name of the error that a decoder raises, for a damaged picture."""
    try:
        with Image.open(path) as image:
            # The further pictures of an MPO stand behind the first one.
            count = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            found = []
            for index in range(count):
                image.seek(index)
                image.load()
                pixels = image.convert("RGBA") if image.mode in ("P", "PA") else image
                found.append((image.size, image.mode, pixels.tobytes(), image.info.get("duration")))
            shown = [image.info.get(key) for key in SHOWN]
            return found, image.info.get("icc_profile"), shown
    except Exception as error:  # Whatever the decoder throws.
        return type(error).__name__


def orientation(path):
    with Image.open(path) as image:
        return image.getexif().get(ORIENTATION, 1)


def told(path):
    """What the file still says beside its pixels."""
    with Image.open(path) as image:
        image.load()
        words = [key for key in ("comment", "xmp", "photoshop", "mp", "XML:com.adobe.xmp") if image.info.get(key)]
        words += [f"tag {tag}" for tag in image.getexif() if tag != ORIENTATION]
        words += list(getattr(image, "text", {}))
        return words


def difference(before, after):
    one, other = frames(before), frames(after)
    if isinstance(one, str):
        return None if isinstance(other, str) else f"{one}, then none"
    if isinstance(other, str):
        return f"{other} afterwards"
    for index, (was, now) in enumerate(zip(*(found[0] for found in (one, other)))):
        if was != now:
            return f"frame {index} is another"
    if one[1:] != other[1:] or len(one[0]) != len(other[0]):
        return f"{one[2]} {len(one[0])}, then {other[2]} {len(other[0])}"
    turned = orientation(before)
    if turned in range(2, 9) and orientation(after) != turned and before.suffix != ".png":
        return f"orientation {turned}, then {orientation(after)}"
    return f"says {told(after)}" if told(after) else None


def main(before, after):
    paths = sorted(Path(after).iterdir())
    for path in paths:
        found = difference(Path(before) / path.name, path)
        if found:
            print(f"{path.name}: {found}")
    print(f"{len(paths)} pictures compared")


main(*sys.argv[1:])
