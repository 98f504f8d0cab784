/** Sending a picture to the stand-in, from its first byte to the MsgID. */
import { pipelines } from "./pipelines.mjs";

const SIZES = { "300 KiB": 10, "5 MiB": 1, "24 MiB": 1 };
const FLOOR = "bare fetch, nothing hashed";
const BY_HAND = "by hand: spark-md5, FormData, fetch";

/** @type {import("../place.mjs").Bench} */
export async function sending({ library, peers, file, inMemory, standin, headers, wechat4u }) {
  const { info, control } = standin;
  const { session, peer: to } = info;
  const bare = pipelines(info, headers);
  const wx = new library.WebWx(session);
  // What stands in a session that was taken over by hand, in the way that its user would.
  const client = wechat4u?.(info);

  /** The message has the picture, byte for byte. */
  const arrived = (digest) => async (msgIds) => {
    for (const msgId of [msgIds].flat()) {
      const found = await peers.hashWasm(await bare.picture(msgId));
      if (found !== digest) {
        throw new Error(`the message's picture has the MD5 ${found} instead of ${digest}`);
      }
    }
  };

  const contests = [];
  for (const [size, count] of Object.entries(SIZES)) {
    const { blob, digest } = await file(size);
    const source = inMemory ? new Uint8Array(await blob.arrayBuffer()) : blob;
    const asBlob = () => (inMemory ? new Blob([source]) : source);
    const inTurn = (send) => async () => {
      const msgIds = [];
      for (let index = 0; index < count; index += 1) {
        msgIds.push(await send());
      }
      return msgIds;
    };
    contests.push({
      title: `${count === 1 ? "an image" : `${count} images`} of ${size} sent`,
      contenders: {
        "webwx-image": inTurn(async () => (await wx.sendImage(source, { to })).msgId),
        [FLOOR]: inTurn(() => bare.floor(asBlob(), digest)),
        [BY_HAND]: inTurn(() => bare.byHand(asBlob(), peers.SparkMD5)),
        ...(client && { wechat4u: inTurn(() => client(source)) }),
      },
      check: arrived(digest),
      cleanUp: () => control("POST", "reset"),
      // 1.25 times its time, and at least as fast.
      targets: { ...(size === "24 MiB" && { [FLOOR]: 0.8 }), [BY_HAND]: 1, ...(client && { wechat4u: 1 }) },
    });
  }

  const { blob, digest } = await file("24 MiB");
  const slowly = (concurrency) => async () => {
    await control("POST", "faults", [{ endpoint: "webwxuploadmedia", times: 48, fault: "delay:50" }]);
    return (await new library.WebWx(session, { concurrency }).sendImage(blob, { to })).msgId;
  };
  contests.push({
    title: "24 MiB sent with 50 ms added to each answer",
    contenders: { "webwx-image, concurrency 4": slowly(4), "webwx-image, concurrency 1": slowly(1) },
    check: arrived(digest),
    cleanUp: () => control("POST", "reset"),
    targets: { "webwx-image, concurrency 1": 2.5 },
  });
  return contests;
}
