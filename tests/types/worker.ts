// The same package in a worker, which knows of fetch and Blob and of no document.
import init, { md5, WebWx } from "webwx-image";
import type { Session } from "webwx-image";

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async ({ data }: MessageEvent<{ session: Session; peer: string; picture: Blob }>) => {
  await init();
  using wx = new WebWx(data.session);
  const receipt = await wx.sendImage(data.picture, {
    to: data.peer,
    onProgress: (progress) => self.postMessage(progress),
  });
  self.postMessage({ receipt, md5: await md5(data.picture) });
};
