/**
 * A picture's round trip, with the package as a Node program uses it: sent to the built-in stand-in, fetched back by the
 * MsgID it got, and compared. `npm start` runs this; by hand: `STANDIN=target/debug/standin node examples/round-trip.mjs`.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { WebWx, WebwxError, inspectImage, md5 } from "webwx-image";

import { Complaint, options, readPicture } from "./round-trip/options.mjs";
import { Report } from "./round-trip/report.mjs";
import { startStandin } from "./round-trip/standin.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const nodeMd5 = (bytes) => createHash("md5").update(bytes).digest("hex");

/**
 * Sends `picture`, gets it back as original and as thumbnail, and gives what `--json` prints. Without a `peer` it goes to the File
 * Transfer Helper, which is the session's only receiver.
 */
async function roundTrip(picture, { session, peer }, report) {
  report.begin("inspect", picture.size);
  const facts = await inspectImage(picture);
  report.end(seen(facts));
  const sentMd5 = await md5(picture);
  mustAgree("the package's MD5 of the file", sentMd5, "Node's", nodeMd5(await bytesOf(picture)));

  const wx = new WebWx(session);
  try {
    const onProgress = (progress) => report.progress(progress);
    const receipt = await wx.sendImage(picture, { to: peer, onProgress });
    report.end(`MsgID ${receipt.msgId}`);
    mustAgree("the MD5 that was sent", receipt.media.md5, "the file's", sentMd5);

    const original = await wx.download(receipt.msgId, { onProgress });
    report.end(seen(original));
    mustAgree("the MD5 of what came back", original.md5, "the file's", sentMd5);
    mustAgree("Node's MD5 of what came back", nodeMd5(await bytesOf(original.blob)), "the file's", sentMd5);

    report.begin("thumbnail");
    const thumbnail = await wx.download(receipt.msgId, { size: "thumbnail" });
    report.end(seen(thumbnail), thumbnail.size);
    return { ok: true, receipt, downloaded: summary(original), thumbnail: summary(thumbnail), steps: report.steps };
  } finally {
    wx.free();
  }
}

const seen = ({ type, width, height }) => `${type}, ${width} × ${height}`;
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());
const summary = ({ md5, type, width, height, size }) => ({ md5, type, width, height, size });

function mustAgree(what, value, other, expected) {
  if (value !== expected) {
    throw new Complaint(`${what} is ${value}, and ${other} is ${expected}`);
  }
}

async function main() {
  const { path, once, json, port, filehelper } = options(process.argv.slice(2), root);
  const report = new Report(json ? null : process.stdout);
  const picture = await readPicture(path);

  const standin = await startStandin({ root, port, filehelper });
  // Ctrl-C ends both: the stand-in ends when its standard input, which is ours to close, does.
  let serving = false;
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      standin.stop();
      process.exit(serving ? 0 : 1);
    });
  }

  try {
    const place = filehelper ? standin.info.fileHelper : standin.info;
    report.title(`${path} (${picture.size} bytes) → ${place.origin}`);
    const result = await roundTrip(picture, place, report);
    if (json) {
      console.log(JSON.stringify(result));
    }
    report.title(`the same bytes went out and came back: MD5 ${result.downloaded.md5}`);
    if (!once) {
      serving = true;
      const log = json ? console.error : console.log;
      const page = filehelper ? `File Transfer Helper: ${place.origin}/` : `demo page: ${place.origin}/www/`;
      log(`\n${page}   (Ctrl-C ends)`);
      await standin.ended;
    }
  } finally {
    await standin.stop();
  }
}

main().catch((error) => {
  process.exitCode = 1;
  const known = error instanceof Complaint || WebwxError.is(error);
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ ok: false, error: { code: error.code ?? "failed", message: error.message } }));
  }
  console.error(known ? error.message : error);
});
