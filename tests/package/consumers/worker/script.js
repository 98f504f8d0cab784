importScripts("../node_modules/webwx-image/dist/webwx-image.iife.js");

import("../round-trip.mjs").then(async ({ roundTrip }) => {
  postMessage(await roundTrip({ init: WebwxImage.default, ...WebwxImage }));
});
