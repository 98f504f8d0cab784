/** A server on this machine that keeps what it gets, and answers as it is told. */
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * `answer(request)` gives `{ status, reason, headers, body }`, or null for a connection that is cut; `requests` has all
 * that came: method, url, headers, body.
 */
export async function startLoopback() {
  const requests = [];
  const server = createServer(async (incoming, response) => {
    const { method, url, headers } = incoming;
    const body = Buffer.concat(await incoming.toArray()).toString("latin1");
    const request = { method, url, headers, body };
    requests.push(request);
    const answer = loopback.answer(request);
    if (answer === null) {
      incoming.socket.destroy();
      return;
    }
    const { status = 200, reason = "", headers: own = {} } = answer;
    response.writeHead(status, reason, own).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const loopback = {
    origin: `http://127.0.0.1:${server.address().port}`,
    answer: () => ({ status: 404, body: "" }),
    requests,
    forget: () => requests.splice(0),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return loopback;
}
