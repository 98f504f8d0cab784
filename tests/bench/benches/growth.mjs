/** Whether a large picture takes more time for each of its bytes than a small one. */
import { is } from "../measure.mjs";

const SIZES = { "256 MiB": 1, "64 MiB": 1, "16 MiB": 4, "1 MiB": 64 };

/** @type {import("../place.mjs").Bench} */
export async function growth({ library, file, standin }) {
  const { info, control } = standin;
  const wx = new library.WebWx(info.session);
  const files = Object.fromEntries(
    await Promise.all(Object.keys(SIZES).map(async (size) => [size, await file(size)])),
  );
  const contest = (title, digestOf) => ({
    title,
    contenders: Object.fromEntries(
      Object.entries(SIZES).map(([size, count]) => [
        size,
        async () => {
          let digest;
          for (let index = 0; index < count; index += 1) {
            digest = await digestOf(files[size].blob);
          }
          return digest;
        },
      ]),
    ),
    per: Object.fromEntries(Object.entries(SIZES).map(([size, count]) => [size, parseInt(size, 10) * count])),
    check: (digest, size) => is(files[size].digest)(digest),
    // The largest takes at most a quarter more for a byte than the others.
    targets: { "64 MiB": 0.8, "16 MiB": 0.8, "1 MiB": 0.8 },
  });
  return [
    contest("MD5 of a Blob, by its size", (blob) => library.md5(blob)),
    contest("hashed and uploaded, by its size", async (blob) => {
      // A file that the server knows would not be uploaded again.
      await control("POST", "reset");
      const { md5, instant } = await wx.upload(blob, { to: info.peer });
      return instant ? "not uploaded" : md5;
    }),
  ];
}
