/**
 * A line between the benches and the stand-in: so many bits a second on the way there, for all connections together, and a round trip
 * for each request. Connections are kept. Answers come at once after that: they are short.
 */
import { Agent, createServer, request as ask } from "node:http";
import { once } from "node:events";
import { setTimeout as later } from "node:timers/promises";

/** What is on its way at once, of each connection. */
const PIECE = 16 * 1024;
/** Milliseconds that the line makes up for when a timer is late, as its own queue would. */
const SLACK = 10;

/**
 * @param {{ origin: string, fileOrigin: string }} info the stand-in's first line
 * @param {{ bitsPerSecond: number, roundTrip: number }} line
 * @returns {Promise<{ info: object, close: () => Promise<void> }>} the same, by way of the line
 */
export async function lineTo(info, { bitsPerSecond, roundTrip }) {
  let freeAt = 0;
  /** Until the line has carried so many bytes. */
  async function carry(bytes) {
    freeAt = Math.max(freeAt, performance.now() - SLACK) + (bytes * 8000) / bitsPerSecond;
    const wait = freeAt - performance.now();
    if (wait > 1) {
      await later(wait);
    }
  }

  const agent = new Agent({ keepAlive: true });
  const names = new Map();
  const renamed = (text) => [...names].reduce((value, [from, to]) => value?.replaceAll(from, to), text);
  const restored = (text) => [...names].reduce((value, [from, to]) => value?.replaceAll(to, from), text);

  const serverFor = async (origin) => {
    const { hostname, port, host } = new URL(origin);
    const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
      const { origin: from, referer, ...rest } = request.headers;
      const headers = { ...rest, host };
      Object.assign(headers, from && { origin: restored(from) }, referer && { referer: restored(referer) });
      const onward = ask({ hostname, port, agent, path: request.url, method: request.method, headers });
      onward.on("error", () => response.destroy());
      onward.on("response", async (answer) => {
        await later(roundTrip);
        const told = { ...answer.headers };
        for (const name of ["access-control-allow-origin", "location"]) {
          Object.assign(told, told[name] && { [name]: renamed(told[name]) });
        }
        delete told.connection;
        response.writeHead(answer.statusCode, told);
        answer.pipe(response);
      });
      await carry(JSON.stringify(request.headers).length);
      for await (const chunk of request) {
        for (let start = 0; start < chunk.length; start += PIECE) {
          const piece = chunk.subarray(start, start + PIECE);
          await carry(piece.length);
          onward.write(piece);
        }
      }
      onward.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    names.set(origin, `http://127.0.0.1:${server.address().port}`);
    return server;
  };

  const servers = [await serverFor(info.origin), await serverFor(info.fileOrigin)];
  const [origin, fileOrigin] = [names.get(info.origin), names.get(info.fileOrigin)];
  return {
    info: { ...info, origin, fileOrigin, session: { ...info.session, origin, fileOrigin } },
    async close() {
      agent.destroy();
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
