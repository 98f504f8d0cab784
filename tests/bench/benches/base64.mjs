/** base64 of 8 MiB, with the platform's own `toBase64` where there is one, and without. */
import { is } from "../measure.mjs";

/** @type {import("../place.mjs").Bench} */
export async function base64({ library, peers, file, Buffer, FileReader }) {
  const { blob, text } = await file("8 MiB");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const typed = blob.slice(0, blob.size, "image/bmp");
  const native = Uint8Array.prototype.toBase64;
  const best = native ? "Uint8Array toBase64" : Buffer ? "Buffer" : "js-base64";
  const encoders = {
    ...(native && { "Uint8Array toBase64": (data) => data.toBase64() }),
    ...(Buffer && { Buffer: (data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64") }),
    "js-base64": (data) => peers.Base64.fromUint8Array(data),
  };
  const without = native || Buffer ? "" : ", without Uint8Array toBase64";
  const url = `data:image/bmp;base64,${text}`;
  const read = async (data) => new Uint8Array(await data.arrayBuffer());
  return [
    {
      title: `base64 of 8 MiB${without}`,
      contenders: {
        "webwx-image": () => library.toBase64(bytes),
        ...Object.fromEntries(Object.entries(encoders).map(([name, encode]) => [name, () => encode(bytes)])),
        ...(FileReader && { "FileReader.readAsDataURL": () => readBase64(new FileReader(), bytes) }),
      },
      check: is(text),
      targets: { [best]: 0.95, ...(FileReader && { "FileReader.readAsDataURL": native ? 5 : 0.95 }) },
    },
    {
      title: `data: URL of a Blob of 8 MiB${without}`,
      contenders: {
        "webwx-image": () => library.toDataUrl(typed),
        ...Object.fromEntries(
          Object.entries(encoders).map(([name, encode]) => [
            name,
            async () => `data:${typed.type};base64,${encode(await read(typed))}`,
          ]),
        ),
        ...(FileReader && { "FileReader.readAsDataURL": () => readAsDataUrl(new FileReader(), typed) }),
      },
      check: is(url),
      // Reading the Blob, which both have to do, is a third of the FileReader's time.
      targets: { [best]: 0.95, ...(FileReader && { "FileReader.readAsDataURL": 0.95 }) },
    },
  ];
}

async function readBase64(reader, bytes) {
  const url = await readAsDataUrl(reader, new Blob([bytes]));
  return url.slice(url.indexOf(",") + 1);
}

function readAsDataUrl(reader, blob) {
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
