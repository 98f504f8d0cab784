/**
 * An album over a line as people have it: 20 photos of 3 MB, 20 Mbit/s up, 40 ms there and back. What counts is how near each comes
 * to the time that the bytes alone take.
 */
import { pipelines } from "./pipelines.mjs";

const COUNT = 20;
const LIMIT = "the line's limit";

/** @type {import("../place.mjs").Bench} */
export async function album({ library, peers, file, standin, headers, wechat4u, line }) {
  const { info, control } = standin;
  const { session, peer: to } = info;
  const bare = pipelines(info, headers);
  const client = wechat4u?.(info);
  const photo = new Uint8Array(await (await file("3 MB")).blob.arrayBuffer());
  // No two are the same: each ends with another byte.
  const photos = Array.from({ length: COUNT }, (_, index) => {
    const bytes = Uint8Array.from(photo);
    bytes[bytes.length - 1] = index;
    return bytes;
  });

  const inList = (options) => async () => {
    const msgIds = [];
    for await (const { receipt, error } of new library.WebWx(session).sendImages(photos, { to, ...options })) {
      if (error) {
        throw error;
      }
      msgIds.push(receipt.msgId);
    }
    return msgIds;
  };
  const inTurn = (send) => async () => {
    const msgIds = [];
    for (const bytes of photos) {
      msgIds.push(await send(bytes));
    }
    return msgIds;
  };

  return [
    {
      title: `${COUNT} images of 3 MB sent over 20 Mbit/s and 40 ms`,
      contenders: {
        "webwx-image": inList({}),
        [LIMIT]: () => new Promise((resolve) => setTimeout(resolve, (COUNT * photo.length * 8000) / line.bitsPerSecond)),
        "webwx-image, pictures: 1": inList({ pictures: 1 }),
        "by hand: spark-md5, FormData, fetch": inTurn((bytes) => bare.byHand(new Blob([bytes]), peers.SparkMD5)),
        ...(client && { wechat4u: inTurn(client) }),
      },
      async check(msgIds) {
        // The first and the last stand for all: a picture comes back by the same line.
        for (const index of msgIds === undefined ? [] : [0, COUNT - 1]) {
          const found = await peers.hashWasm(await bare.picture(msgIds[index]));
          const wanted = await peers.hashWasm(photos[index]);
          if (found !== wanted || msgIds.length !== COUNT) {
            throw new Error(`${msgIds.length} messages; the picture of message ${index} has the MD5 ${found} instead of ${wanted}`);
          }
        }
      },
      cleanUp: () => control("POST", "reset"),
      rounds: 2,
      targets: { [LIMIT]: 0.95 },
    },
  ];
}
