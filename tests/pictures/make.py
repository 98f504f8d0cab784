"""Makes pictures with other people's encoders, and writes down what other people's decoders say of them.

    python make.py FOLDER COUNT SEED

Wants Pillow and pillow-heif; every other program that is missing is named, and its encoders are left out. FOLDER/list.tsv then has a
line for each picture: file, encoder, type, width, height, orientation, alpha, animated. Width and height are as a browser shows the
picture, "?" stands for what no decoder tells, and a type "-" for what is none of ours and has to be refused.
"""

import os
import random
import shutil
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageCms, PngImagePlugin

import pillow_heif
from change import CHANGES

pillow_heif.register_heif_opener()
warnings.simplefilter("ignore")

MIME = {
    "JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp",
    "BMP": "image/bmp", "TIFF": "image/tiff", "AVIF": "image/avif", "HEIF": "image/heic",
}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>52,31.2N</exif:GPSLatitude></x:xmpmeta>'
CONVERT = "magick" if shutil.which("magick") else "convert"
CJPEG, TIFFCP, HEIF_ENC, AVIFENC = "cjpeg", "tiffcp", "heif-enc", "avifenc"
CWEBP, GIF2WEBP, IMG2WEBP, CJXL = "cwebp", "gif2webp", "img2webp", "cjxl"

MAKERS = []


def maker(ending, *programs):
    """Registers an encoder: it writes the path that it is given, by a source of chance."""
    def register(make):
        MAKERS.append((make, ending, programs))
        return make
    return register


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {(done.stderr or done.stdout).strip()[-300:]}")


# ── what is drawn ──

def sides(rng, least=1):
    return tuple(rng.randint(least, rng.choice([8, 40, 120, 300])) for _ in range(2)) if least < 9 else \
        tuple(rng.randint(least, 300) for _ in range(2))


def scene(rng, mode="RGB", size=None, least=1):
    """A few colours that run into each other."""
    bands = {"RGBA": 4, "CMYK": 4, "RGB": 3, "LA": 2}.get(mode, 1)
    layers = [Image.frombytes("L", (4, 4), rng.randbytes(16)) for _ in range(bands)]
    size = size or sides(rng, least)
    layers = [layer.resize(size, Image.Resampling.BILINEAR) for layer in layers]
    if mode in ("1", "P"):
        return layers[0].convert(mode)
    if mode == "I;16":
        return layers[0].convert("I").point(lambda level: level * 257).convert("I;16")
    return Image.merge(mode, layers) if bands > 1 else layers[0]


def frames(rng, mode="RGB"):
    size = sides(rng)
    return [scene(rng, mode, size) for _ in range(rng.randint(2, 4))]


def png(rng, path, mode="RGB", size=None, least=1, **options):
    """A PNG for programs that begin with one."""
    source = path.with_suffix(path.suffix + ".png")
    scene(rng, mode, size, least).save(source, **options)
    return source


def orientation(rng):
    return rng.choice([1, 1, 2, 3, 4, 5, 6, 7, 8, 6, 8])


def exif(value):
    data = Image.Exif()
    data[0x0112] = value
    data[0x010F] = "maker"
    data[0x013B] = "somebody"
    data[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    return data.tobytes()


def extras(rng):
    options = {}
    if rng.random() < 0.5:
        options["exif"] = exif(orientation(rng))
    if rng.random() < 0.3:
        options["icc_profile"] = PROFILE
    if rng.random() < 0.3:
        options["xmp"] = XMP
    return options


# ── Pillow ──

@maker("jpg")
def pillow_jpeg(rng, path):
    picture = scene(rng, rng.choice(["RGB", "RGB", "L", "CMYK"]))
    options = {"comment": b"x" * rng.randint(1, 9000)} if rng.random() < 0.3 else {}
    if picture.mode == "RGB":
        options["subsampling"] = rng.choice([0, 1, 2])
    if rng.random() < 0.2:
        options["restart_marker_rows"] = 1
    picture.save(path, quality=rng.randint(1, 95), progressive=rng.random() < 0.4, **options, **extras(rng))


@maker("jpg")
def pillow_mpo(rng, path):
    first, *rest = frames(rng)
    first.save(path, "MPO", save_all=True, append_images=rest, **extras(rng))


@maker("png")
def pillow_png(rng, path):
    picture = scene(rng, rng.choice(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]))
    options = {"transparency": rng.randint(0, 255)} if picture.mode in ("L", "P") and rng.random() < 0.5 else {}
    said = PngImagePlugin.PngInfo()
    if rng.random() < 0.4:
        said.add_text("Author", "somebody", zip=rng.random() < 0.5)
        said.add_itxt("XML:com.adobe.xmp", XMP.decode())
        said.add(b"tIME", bytes([7, 234, 11, 28, 8, 0, 0]), after_idat=rng.random() < 0.5)
    picture.save(path, pnginfo=said, **options, **extras(rng))


@maker("png")
def pillow_apng(rng, path):
    first, *rest = frames(rng, rng.choice(["RGB", "RGBA"]))
    first.save(path, save_all=True, append_images=rest, default_image=rng.random() < 0.3, **extras(rng))


@maker("gif")
def pillow_gif(rng, path):
    first, *rest = frames(rng)
    rest = rest if rng.random() < 0.6 else []
    options = {"transparency": 0} if rng.random() < 0.4 else {}
    first.save(path, save_all=True, append_images=rest, comment=b"c" * rng.randint(0, 600), disposal=rng.randint(0, 2), **options)


@maker("webp")
def pillow_webp(rng, path):
    first, *rest = frames(rng, rng.choice(["RGB", "RGBA"]))
    rest = rest if rng.random() < 0.4 else []
    first.save(path, save_all=True, append_images=rest, lossless=rng.random() < 0.5, method=0, **extras(rng))


@maker("tif")
def pillow_tiff(rng, path):
    picture = scene(rng, rng.choice(["1", "L", "RGB", "RGBA", "CMYK", "I;16"]))
    kinds = [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"] + (["jpeg"] if picture.mode == "RGB" else [])
    more = [scene(rng, picture.mode) for _ in range(rng.choice([0, 0, 2]))]
    options = {"tiffinfo": {274: orientation(rng)}} if rng.random() < 0.5 else {}
    picture.save(path, save_all=True, append_images=more, compression=rng.choice(kinds), big_tiff=rng.random() < 0.3, **options)


@maker("bmp")
def pillow_bmp(rng, path):
    scene(rng, rng.choice(["1", "L", "P", "RGB", "RGBA"])).save(path)


@maker("avif")
def pillow_avif(rng, path):
    first, *rest = frames(rng, rng.choice(["RGB", "RGBA"]))
    rest = rest if rng.random() < 0.3 else []
    subsampling = rng.choice(["4:2:0", "4:2:2", "4:4:4"])
    first.save(path, save_all=bool(rest), append_images=rest, quality=rng.randint(1, 100), speed=10, subsampling=subsampling, **extras(rng))


@maker("heic")
def pillow_heic(rng, path):
    picture = scene(rng, rng.choice(["RGB", "RGB", "RGBA", "L"]))
    turned = orientation(rng)
    picture.save(path, quality=rng.randint(1, 95), chroma=rng.choice([420, 422, 444]), exif=exif(turned))
    # libheif turns it, and does not say how; the encoder has written `irot` and `imir` for what it was given.
    return {"turned": turned}


@maker("heic")
def pillow_heic_of_many(rng, path):
    pictures = [scene(rng) for _ in range(rng.randint(2, 3))]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], primary_index=rng.randrange(len(pictures)))


@maker("heic")
def pillow_heic_with_thumbnail(rng, path):
    picture = pillow_heif.from_pillow(scene(rng, rng.choice(["RGB", "RGBA"]), least=70))
    picture[0].info["thumbnails"] = [rng.choice([16, 32, 64])]
    picture.save(path)


# ── ImageMagick ──

@maker("jpg", CONVERT)
def magick_jpeg(rng, path):
    sampling = rng.choice(["1x1", "2x1", "1x2", "2x2", "4x1"])
    more = ["-colorspace", "Gray"] if rng.random() < 0.2 else []
    run(CONVERT, png(rng, path), "-interlace", rng.choice(["None", "Plane"]), "-sampling-factor", sampling,
        "-set", "comment", "c" * 100, *more, path)


@maker("png", CONVERT)
def magick_png(rng, path):
    depth = rng.choice(["PNG8", "PNG24", "PNG32", "PNG48", "PNG64", "PNG00"])
    run(CONVERT, png(rng, path, "RGBA"), "-interlace", rng.choice(["None", "PNG"]), f"{depth}:{path}")


@maker("gif", CONVERT)
def magick_gif(rng, path):
    width, height = sides(rng)
    words = []
    for _ in range(rng.choice([1, 2, 3])):
        at = f"+{rng.randint(0, 9)}+{rng.randint(0, 9)}"
        words += ["(", "-size", f"{width}x{height}", f"xc:rgb({rng.randint(0, 255)},9,9)", "-repage", f"{width + 9}x{height + 9}{at}", ")"]
    run(CONVERT, "-delay", 5, *words, path)


@maker("tif", CONVERT)
def magick_tiff(rng, path):
    tiles = ["-define", f"tiff:tile-geometry={rng.choice([16, 64, 128])}x{rng.choice([16, 64])}"] if rng.random() < 0.4 else []
    run(CONVERT, png(rng, path, rng.choice(["RGB", "RGBA"])), "-endian", rng.choice(["LSB", "MSB"]), "-depth", rng.choice([8, 16]),
        "-compress", rng.choice(["None", "LZW", "Zip", "RLE"]), "-orient", rng.choice(["TopLeft", "RightTop", "LeftBottom"]), *tiles,
        f"{rng.choice(['TIFF', 'TIFF64'])}:{path}")


@maker("bmp", CONVERT)
def magick_bmp(rng, path):
    more = rng.choice([[], ["-type", "bilevel"], ["-colors", "16", "-compress", "RLE"], ["-define", "bmp:subtype=RGB565"]])
    run(CONVERT, png(rng, path, rng.choice(["RGB", "RGBA"])), *more, f"{rng.choice(['BMP2', 'BMP3', 'BMP'])}:{path}")


@maker("webp", CONVERT)
def magick_webp(rng, path):
    run(CONVERT, png(rng, path, rng.choice(["RGB", "RGBA"])), "-define", f"webp:lossless={rng.choice(['true', 'false'])}", path)


# ── what comes with the libraries ──

@maker("jpg", CJPEG, CONVERT)
def libjpeg(rng, path):
    source = path.with_suffix(".ppm")
    scene(rng).save(source)
    more = rng.choice([[], ["-progressive"], ["-optimize"], ["-grayscale"], ["-rgb"], ["-restart", "1B"], ["-arithmetic"]])
    run(CJPEG, "-quality", rng.randint(1, 100), *more, "-sample", rng.choice(["1x1", "2x2", "2x1", "1x2"]), "-outfile", path, source)


@maker("tif", TIFFCP)
def libtiff(rng, path):
    sources = []
    for index in range(rng.choice([1, 1, 3])):
        sources.append(path.with_suffix(f".{index}.tif"))
        scene(rng, rng.choice(["L", "RGB", "RGBA"])).save(sources[-1])
    more = ["-8"] if rng.random() < 0.4 else []
    more += ["-t", "-w", "32", "-l", "16"] if rng.random() < 0.4 else []
    run(TIFFCP, rng.choice(["-B", "-L"]), *more, "-c", rng.choice(["none", "lzw", "zip", "packbits"]), *sources, path)


@maker("heic", HEIF_ENC)
def libheif(rng, path):
    more = ["-t", rng.choice([16, 50])] if rng.random() < 0.4 else []
    more += ["-L"] if rng.random() < 0.2 else []
    source = png(rng, path, rng.choice(["RGB", "RGBA", "L"]), **extras(rng))
    run(HEIF_ENC, source, "-q", rng.randint(1, 95), "-p", f"chroma={rng.choice([420, 422, 444])}", *more, "-o", path)


@maker("heic", HEIF_ENC)
def libheif_of_many(rng, path):
    sources = [png(rng, path.with_suffix(f".{index}"), least=9) for index in range(rng.randint(2, 3))]
    run(HEIF_ENC, *sources, "-o", path)


@maker("avif", HEIF_ENC)
def libheif_avif(rng, path):
    run(HEIF_ENC, "-A", png(rng, path, rng.choice(["RGB", "RGBA"]), least=9), "-p", "speed=9", "-o", path)


@maker("avif", AVIFENC)
def libavif(rng, path):
    more = ["--irot", rng.randint(0, 3)] if rng.random() < 0.5 else []
    more += ["--imir", rng.randint(0, 1)] if rng.random() < 0.4 else []
    more += ["-d", rng.choice([8, 10, 12])] if rng.random() < 0.4 else []
    source = png(rng, path, rng.choice(["RGB", "RGBA"]), icc_profile=PROFILE if rng.random() < 0.3 else None)
    run(AVIFENC, "-s", 10, "-y", rng.choice(["444", "422", "420", "400"]), *more, source, path)


@maker("avif", AVIFENC)
def libavif_crop(rng, path):
    width, height = sides(rng, 9)
    width, height = width & ~1, height & ~1
    crop = [rng.randrange(0, width // 2, 2), rng.randrange(0, height // 2, 2), width // 2 & ~1, height // 2 & ~1]
    turns = rng.randint(0, 3)
    run(AVIFENC, "-s", 10, "--crop", ",".join(map(str, crop)), "--irot", turns, png(rng, path, size=(width, height)), path)
    # Pillow does not cut.
    return {"size": (crop[2:] if turns % 2 == 0 else crop[:1:-1])}


@maker("avif", AVIFENC)
def libavif_grid(rng, path):
    across, down = rng.choice([(2, 1), (1, 2), (2, 2)])
    size = (64 * across, 64 * down)
    run(AVIFENC, "-s", 10, "-g", f"{across}x{down}", "-y", "444", png(rng, path, rng.choice(["RGB", "RGBA"]), size), path)


@maker("avif", AVIFENC)
def libavif_animation(rng, path):
    size = sides(rng, 9)
    sources = [png(rng, path.with_suffix(f".{index}"), size=size) for index in range(rng.randint(2, 3))]
    run(AVIFENC, "-s", 10, *sources, path)


@maker("webp", CWEBP)
def libwebp(rng, path):
    more = ["-lossless"] if rng.random() < 0.4 else []
    source = png(rng, path, rng.choice(["RGB", "RGBA"]), **extras(rng))
    run(CWEBP, "-quiet", "-m", 0, "-metadata", rng.choice(["all", "none"]), *more, source, "-o", path)


@maker("webp", GIF2WEBP)
def libwebp_of_gif(rng, path):
    source = path.with_suffix(".gif")
    pillow_gif(rng, source)
    run(GIF2WEBP, "-quiet", "-m", 0, rng.choice(["-lossy", "-mixed"]), source, "-o", path)


@maker("webp", IMG2WEBP)
def libwebp_animation(rng, path):
    size = sides(rng)
    sources = [png(rng, path.with_suffix(f".{index}"), rng.choice(["RGB", "RGBA"]), size) for index in range(rng.randint(2, 4))]
    run(IMG2WEBP, rng.choice(["-lossy", "-lossless"]), *sources, "-o", path)


@maker("jxl", CJXL)
def libjxl(rng, path):
    run(CJXL, "-e", 3, f"--container={rng.randint(0, 1)}", png(rng, path), path)


# ── what is told of them ──

def told(path, size=None, turned=None):
    """Type, width, height, orientation, alpha, animated. An encoder may know what no decoder tells."""
    with Image.open(path) as picture:
        kind = picture.format
        # The default image of an APNG is for those who do not know animations.
        count = getattr(picture, "n_frames", 1) - getattr(picture, "default_image", False)
        moves = kind in ("GIF", "PNG", "WEBP", "AVIF") and count > 1
        alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        turned = turned or picture.getexif().get(0x0112, 1)
        shown = picture.size
        # So that it is not only the head that is right.
        picture.load()
    if kind == "WEBP":
        # No browser turns it.
        turned = 1
    elif kind == "HEIF":
        turned = turned if turned > 1 else "?"
    elif kind != "TIFF" and turned >= 5:
        shown = shown[::-1]
    if kind in ("BMP", "GIF", "MPO"):
        alpha = "?"
    return MIME[kind], *(size or shown), turned, alpha, moves


def line(folder, seed, index, makers):
    """Makes one picture. What an encoder refuses is made anew by other chance."""
    make, ending, _ = makers[index % len(makers)]
    failure = None
    for attempt in range(5):
        rng = random.Random(f"{seed} {index} {attempt}")
        path = folder / f"{index:05}.{ending}"
        try:
            known = make(rng, path) or {}
            names = [make.__name__]
            change = CHANGES.get(ending)
            if change and rng.random() < 0.5:
                path.write_bytes(change(rng, path.read_bytes()))
                names.append("changed")
            facts = ("-", "?", "?", "?", "?", "?") if ending == "jxl" else told(path, **known)
            return "\t".join(map(str, (path.name, " ".join(names), *facts)))
        except Exception as error:  # Whatever the programs and libraries throw.
            failure = error
    return f"{path.name}\t{make.__name__}\t!\t{failure}".replace("\n", " ")


def worker(folder, count, seed, first, step, crashes):
    """Makes each `step`-th picture from the `first` on."""
    usable = [entry for entry in MAKERS if not set(entry[2]) & set(missing())]
    for index in range(int(first), int(count), int(step)):
        print(line(Path(folder), f"{seed} {crashes}", index, usable), flush=True)


def lane(folder, count, seed, first, step):
    """The lines of one worker; of several, where an encoder crashes."""
    lines, crashes = [], 0
    while first < count and crashes < 20:
        words = [sys.executable, __file__, folder, count, seed, first, step, crashes]
        done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, text=True, check=False)
        lines += done.stdout.splitlines()
        first += step * done.stdout.count("\n")
        crashes += 1
    return lines


def works(program):
    """Whether a program is there. Another than ImageMagick may have the name of its `convert`."""
    if not shutil.which(program):
        return False
    if program != CONVERT:
        return True
    done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    return "ImageMagick" in done.stdout


def missing():
    return sorted(program for program in {program for *_, programs in MAKERS for program in programs} if not works(program))


def main(folder, count, seed):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for program in missing():
        print(f"left out: {program} is not installed")
    step = os.cpu_count() or 1
    with ThreadPoolExecutor(step) as pool:
        lanes = pool.map(lambda first: lane(folder, int(count), seed, first, step), range(step))
        lines = sorted(line for lines in lanes for line in lines)
    (Path(folder) / "list.tsv").write_text("\n".join(lines) + "\n")


if len(sys.argv) > 4:
    worker(*sys.argv[1:])
else:
    main(*sys.argv[1:])
