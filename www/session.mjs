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

/** The stand-in that served this page; asking it for the session also sets the cookies. */
async function fromStandin() {
  const standin = await json("/__standin/session");
  return {
    place: "standin",
    session: standin.session,
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
