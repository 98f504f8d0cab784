"""Changes files in ways that decoders pass over: as cameras, phones, editors and transfers have written them.

Each function is given a source of chance and the bytes of a file, and gives other bytes, or the same where it has nothing to change.
"""

import struct

CHANGES = {}


def change(*endings):
    def register(function):
        CHANGES.update(dict.fromkeys(endings, function))
        return function
    return register


@change("jpg")
def jpeg(rng, data):
    """Puts what is no segment between the segments, and segments that say too little of their length, and a film behind it all."""
    out, at = [data[:2]], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        junk = bytes(rng.randrange(0, 0xFF) for _ in range(rng.randint(1, 40)))
        out.append(rng.choice([
            b"", b"\xff" * rng.randint(1, 9), b"\0" * rng.randint(1, 90), junk, junk + b"\xff\0" + junk,
            b"\xff\xe9\0\x04" + junk, b"\xff\xe9\xff\xff" + b"i" * 0xFFFD,
            *([(b"\xff\xeb\xff\xff" + b"i" * 0xFFFD) * 30] if rng.random() < 0.1 else []),
        ]))
        out.append(data[at:end])
        at = end
    return b"".join(out) + data[at:] + rng.choice([b"", b"\0\0\0\x18ftypmp42" * 9])


@change("png")
def png(rng, data):
    """Puts chunks that nobody knows before the picture's."""
    import zlib
    out, at = [data[:8]], 8
    while True:
        length, name = struct.unpack(">I4s", data[at:at + 8])
        if name == b"IDAT":
            return b"".join(out) + data[at:]
        out.append(data[at:at + 12 + length])
        body = b"prVt" + b"\xff" * rng.choice([0, 1, 3000, 100_000])
        out.append(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length


@change("gif")
def gif(rng, data):
    """Makes the screen smaller than the frames, or nothing."""
    width, height = struct.unpack("<HH", data[6:10])
    screen = rng.choice([(0, 0), (0, height), (width // 2, height), (1, 1), (width + 7, height)])
    return data[:6] + struct.pack("<HH", *screen) + data[10:]


@change("webp")
def webp(rng, data):
    """Puts chunks that nobody knows behind the first one of an extended file."""
    if data[12:16] != b"VP8X":
        return data
    body = b"z" * rng.choice([1, 2, 40_001])
    data = data[:30] + b"prVt" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1) + data[30:]
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


@change("tif")
def tiff(rng, data):
    """Puts the first directory far behind the pixels."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack(order + "H", data[2:4])[0] == 43
    offset, count, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    where = 8 if big else 4
    at, = struct.unpack_from(order + offset, data, where)
    entries, = struct.unpack_from(order + count, data, at)
    end = at + struct.calcsize(count) + entries * entry + struct.calcsize(offset)
    moved = data + b"\0" * (rng.choice([0, 70_000, 2_000_000]) + len(data) % 2)
    return moved[:where] + struct.pack(order + offset, len(moved)) + moved[where + struct.calcsize(offset):] + data[at:end]


def boxes(data):
    at = 0
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        yield name, data[at + 8:at + length]
        at += length


def box(name, content):
    return struct.pack(">I4s", len(content) + 8, name) + content


def long_box(name, content):
    return struct.pack(">I4sQ", 1, name, len(content) + 16) + content


def moved(iloc, by):
    """The locations, so many bytes further back."""
    out = bytearray(iloc)
    version = out[0]
    offset_size, length_size, base_size = out[4] >> 4, out[4] & 15, out[5] >> 4
    index_size = out[5] & 15 if version else 0
    id_size = 4 if version == 2 else 2

    def number(at, size):
        return int.from_bytes(out[at:at + size], "big")

    at = 6 + id_size
    for _ in range(number(6, id_size)):
        at += id_size
        in_file = version == 0 or number(at, 2) & 15 == 0
        at += (2 if version else 0) + 2
        has_base = number(at, base_size) > 0
        if in_file and has_base:
            out[at:at + base_size] = (number(at, base_size) + by).to_bytes(base_size, "big")
        at += base_size
        extents = number(at, 2)
        at += 2
        for _ in range(extents):
            at += index_size
            if in_file and not has_base:
                out[at:at + offset_size] = (number(at, offset_size) + by).to_bytes(offset_size, "big")
            at += offset_size + length_size
    return bytes(out)


@change("heic", "avif")
def heif(rng, data):
    """Puts the pixels before what is said of them or behind other boxes, and writes lengths in their other forms."""
    parts = dict(boxes(data))
    if set(parts) != {b"ftyp", b"meta", b"mdat"}:
        return data
    before = box(b"ftyp", parts[b"ftyp"])
    gap = rng.choice([b"", box(b"free", b""), long_box(b"free", b"f" * 50), box(b"skip", b"s" * 300_000)])
    old = data.index(box(b"mdat", parts[b"mdat"])) + 8
    children = list(boxes(parts[b"meta"][4:]))
    if rng.random() < 0.3:
        rng.shuffle(children)

    def meta(by):
        written = [(name, moved(content, by) if name == b"iloc" else content) for name, content in children]
        content = parts[b"meta"][:4] + b"".join(box(name, content) for name, content in written)
        return rng_box(b"meta", content)

    rng_box, mdat_box = rng.choice([box, long_box]), rng.choice([box, long_box])
    mdat = mdat_box(b"mdat", parts[b"mdat"])
    head = len(mdat) - len(parts[b"mdat"])
    if rng.random() < 0.5:
        return before + gap + mdat + meta(len(before) + len(gap) + head - old)
    start = len(before) + len(gap) + len(meta(0))
    if rng.random() < 0.3:
        # Up to the end of the file.
        mdat, head = b"\0\0\0\0mdat" + parts[b"mdat"], 8
    return before + gap + meta(start + head - old) + mdat
