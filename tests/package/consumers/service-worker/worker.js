import init, { WebWx, backend } from "../node_modules/webwx-image/dist/index.js";
import { roundTrip } from "../round-trip.mjs";

addEventListener("message", (event) => {
  const answer = async () => {
    const result = await roundTrip({ init, WebWx, backend }).catch((error) => String(error));
    event.ports[0].postMessage(result);
  };
  event.waitUntil(answer());
});
