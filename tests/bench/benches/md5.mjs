/** MD5: of bytes in memory, of a Blob on the disk, and piece by piece. */
import { is } from "../measure.mjs";

const MIB = 1024 * 1024;
const PIECE = 4096;
const PIECES = 10_000;

/** @type {import("../place.mjs").Bench} */
export async function md5({ library, peers, file, openssl }) {
  const { noble, bytesToHex, createMD5, hashWasm, jsMd5, SparkMD5 } = peers;
  const { blob, digest } = await file("64 MiB");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const pieces = Array.from({ length: PIECES }, (_, index) => bytes.subarray(index * PIECE, (index + 1) * PIECE));

  /** One hash each, as its own user would feed it. */
  const hashes = {
    "webwx-image": () => new library.Md5(),
    "hash-wasm": async () => (await createMD5()).init(),
    "spark-md5": () => spark(new SparkMD5.ArrayBuffer()),
    "js-md5": () => hexed(jsMd5.create()),
    "@noble/hashes": () => nobles(noble.create(), bytesToHex),
    ...(openssl && { "node:crypto": () => hexed(openssl()) }),
  };

  const faster = { "hash-wasm": 1.2, "spark-md5": 4 };
  return [
    {
      title: "MD5 of 64 MiB in memory",
      contenders: {
        "webwx-image": () => library.md5(bytes),
        "hash-wasm": () => hashWasm(bytes),
        "spark-md5": () => SparkMD5.ArrayBuffer.hash(bytes.buffer),
        "js-md5": () => jsMd5(bytes),
        "@noble/hashes": () => bytesToHex(noble(bytes)),
        ...(openssl && { "node:crypto": () => openssl().update(bytes).digest("hex") }),
      },
      check: is(digest),
      targets: { ...faster, ...(openssl && { "node:crypto": 0.9 }) },
    },
    {
      title: "MD5 of a Blob of 64 MiB from the disk",
      contenders: {
        "webwx-image": () => library.md5(blob),
        "webwx-image, in memory": () => library.md5(bytes),
        ...Object.fromEntries(
          Object.entries(hashes)
            .filter(([name]) => name !== "webwx-image")
            .map(([name, make]) => [name, () => byWindows(blob, make)]),
        ),
      },
      check: is(digest),
      // Node's own Blobs are another matter: what they take is measured beside it.
      targets: { ...faster, ...(!openssl && { "webwx-image, in memory": 0.7 }) },
    },
    {
      title: "MD5 of 10 000 pieces of 4 KiB",
      contenders: Object.fromEntries(
        Object.entries(hashes).map(([name, make]) => [name, async () => fed(await make(), pieces)]),
      ),
      check: is(await hashWasm(bytes.subarray(0, PIECE * PIECES))),
      targets: faster,
    },
  ];
}

/** As it is done by hand: slices, one after another. */
async function byWindows(blob, make) {
  const hash = await make();
  for (let start = 0; start < blob.size; start += 4 * MIB) {
    hash.update(new Uint8Array(await blob.slice(start, start + 4 * MIB).arrayBuffer()));
  }
  return hash.digest();
}

function fed(hash, pieces) {
  for (const piece of pieces) {
    hash.update(piece);
  }
  return hash.digest();
}

/** Takes ArrayBuffers alone: a piece of one has to be copied. */
const spark = (hash) => ({
  update: ({ buffer, byteOffset, byteLength }) =>
    hash.append(byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)),
  digest: () => hash.end(),
});

/** js-md5 takes no argument, and gives hex all the same. */
const hexed = (hash) => ({ update: (piece) => hash.update(piece), digest: () => hash.hex?.() ?? hash.digest("hex") });

const nobles = (hash, toHex) => ({ update: (piece) => hash.update(piece), digest: () => toHex(hash.digest()) });
