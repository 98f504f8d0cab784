/**
 * What every consumer does with the package that it imported its own way: it sends a picture, and gets it back. The test
 * holds the sums against the file's.
 *
 * @param {Pick<typeof import("webwx-image"), "backend" | "WebWx"> & { init: typeof import("webwx-image").default }} library
 * @param {string} [standin] its origin; in a page that it serves, the page's own
 */
export async function roundTrip({ init, backend, WebWx }, standin = "") {
  await init();
  const { session, peer } = await (await fetch(`${standin}/__standin/session`)).json();
  const picture = await (await fetch(`${standin}/www/picture.jpg`)).blob();
  const wx = new WebWx({ ...session, ...hosts(session, standin) });
  const { msgId, media } = await wx.sendImage(picture, { to: peer });
  const image = await wx.download(msgId);
  wx.free();
  return { backend: backend(), sent: media.md5, received: image.md5 };
}

/** A development server stands before both hosts: there, its page's own origin is meant. */
function hosts({ origin: known }, standin) {
  const origin = standin || location.origin;
  return origin === known ? {} : { origin, fileOrigin: origin };
}
