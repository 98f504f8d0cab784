/**
 * The way out of an engine that cannot map names itself: a SOCKS5 proxy (RFC 1928), which knows the given hosts and no
 * other.
 *
 * Not an HTTP proxy: behind one, Firefox now and then leaves an XMLHttpRequest's body half sent, and WebKit takes a
 * refusal for the host's own answer.
 */

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pipeline, Transform } from "node:stream";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const DOMAIN_NAME = 3;
/** Connected; the address that follows means nothing to a browser. */
const CONNECTED = Buffer.from([VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]);

/**
 * Starts the proxy on this machine.
 *
 * @param {Record<string, string>} hosts host names, and the origin on this machine that answers for each
 */
export async function startProxy(hosts) {
  const asked = new Set();
  const clients = new Set();
  let rate = Infinity;
  // Half open, here and below: when one side has said its last word, that has still to reach the other.
  const server = createServer({ allowHalfOpen: true }, async (client) => {
    clients.add(client.once("close", () => clients.delete(client)));
    const name = await askedFor(client).catch(() => undefined);
    asked.add(name);
    if (!Object.hasOwn(hosts, name)) {
      client.destroy();
      return;
    }
    const target = connect({ port: new URL(hosts[name]).port, host: "127.0.0.1", allowHalfOpen: true });
    target.once("connect", () => client.write(CONNECTED));
    const pace = new Transform({
      transform: (piece, _, done) =>
        rate === Infinity ? done(null, piece) : setTimeout(done, (piece.length / rate) * 1000, null, piece),
    });
    // Browsers drop connections as they please: that ends the other side, and is no failure.
    pipeline(client, pace, target, () => {});
    pipeline(target, client, () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    /** The names that were asked for. */
    asked,
    /** How many bytes of a connection it passes on in a second. */
    slow(bytes) {
      rate = bytes;
    },
    close() {
      server.close();
      clients.forEach((client) => client.destroy());
    },
  };
}

/** The name that a browser wants to be connected to; it has no say in the port. */
async function askedFor(client) {
  const [, methods] = await take(client, 2);
  await take(client, methods);
  client.write(Buffer.from([VERSION, NO_AUTHENTICATION]));
  const [, , , kind] = await take(client, 4);
  if (kind !== DOMAIN_NAME) {
    return undefined;
  }
  const [length] = await take(client, 1);
  const name = await take(client, length);
  await take(client, 2);
  return String(name);
}

/** The next bytes of a connection; rejects when it breaks. */
async function take(client, count) {
  for (;;) {
    const bytes = client.read(count);
    if (bytes !== null) {
      return bytes;
    }
    await once(client, "readable");
  }
}
