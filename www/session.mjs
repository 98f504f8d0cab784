/** Whose pictures these are: a logged-in WeChat Web page's session, the stand-in's, or none. */

/** The page of WeChat Web itself: its session, and what was sent from here as the only chat that is known. */
function fromPage(webwx) {
  const sent = [];
  const chat = globalThis.angular.element(document).injector().get("chatFactory");
  const session = webwx.sessionFromPage();
  return {
    place: "page",
    session,
    /** Whoever's chat is open at the moment. */
    get peer() {
      return chat.getCurrentUserName();
    },
    gateway: null,
    messages: async () => sent,
    noteSent(receipt) {
      sent.push({
        MsgId: receipt.msgId,
        MsgType: receipt.media.type === "image/gif" ? 47 : 3,
        FromUserName: session.userName,
        ToUserName: chat.getCurrentUserName(),
        Content: "",
      });
    },
  };
}

async function json(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`);
  }
  return response.json();
}

/**
 * Starts the stand-in as a service worker, which a site on a static host has beside this page. Everywhere else there is none, and
 * this rejects.
 */
async function startWorker() {
  const { serviceWorker } = navigator;
  await serviceWorker.register(document.querySelector("meta[name=standin]").content);
  const { active } = await serviceWorker.ready;
  if (serviceWorker.controller === null) {
    const controlled = new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    active.postMessage("claim");
    await controlled;
  }
}

/** The stand-in that served this page, or the one beside it; asking it for the session also sets the cookies. */
async function fromStandin() {
  const path = "/__standin/session";
  const standin = await json(path).catch(async () => {
    await startWorker();
    return json(path);
  });
  const { origin, fileOrigin } = standin.session;
  return {
    place: new URL(origin).hostname.endsWith(".invalid") ? "worker" : "standin",
    session: standin.session,
    // Nobody but the stand-in answers to made-up names.
    options: { allowedOrigins: [origin, fileOrigin] },
    peer: standin.peer,
    gateway: { authorization: standin.gatewayAuthorization, origin: standin.gatewayOrigin },
    messages: () => json("/__standin/messages"),
    noteSent() {},
  };
}

/** The session to work with, or null where there is none. */
export async function findSession(webwx) {
  try {
    return globalThis.angular ? fromPage(webwx) : await fromStandin();
  } catch {
    return null;
  }
}
