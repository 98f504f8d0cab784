/** What is measured from outside. Each stands alone, since a page gets it as text. */

/** What the memory is measured of. */
export function calls(library, { session, peer }) {
  const wx = new library.WebWx(session);
  return {
    hashed: (blob) => library.md5(blob),
    "sent 200 times": async (blob) => {
      let digest;
      for await (const { receipt } of wx.sendImages(Array(200).fill(blob), { to: peer })) {
        digest = receipt.media.md5;
      }
      return digest;
    },
    "hashed and sent": async (blob) => (await wx.sendImage(blob, { to: peer })).media.md5,
  };
}

/** From nothing to an MD5 that is ready: milliseconds. `name` is what makes the module ready; `beside` is fetched while the script is. */
export async function coldStart(address, name, beside) {
  const begin = performance.now();
  const fetched = beside && fetch(beside);
  const module = await import(address);
  const hash = await (fetched ? module[name](fetched) : module[name]());
  const took = performance.now() - begin;
  const letters = Uint8Array.of(97, 98, 99);
  const digest = hash ? hash.init().update(letters).digest() : await module.md5(letters);
  if (digest !== "900150983cd24fb0d6963f7d28e17f72") {
    throw new Error(`it is not ready: ${digest}`);
  }
  return took;
}
