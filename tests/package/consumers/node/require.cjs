const { default: init, WebWx, backend } = require("webwx-image");

import("../round-trip.mjs").then(async ({ roundTrip }) => {
  console.log(JSON.stringify(await roundTrip({ init, WebWx, backend }, process.env.ORIGIN)));
});
