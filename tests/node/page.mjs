/**
 * A page of WeChat Web without a document: the services that the package asks, doing what the official page's do with what they
 * are given (docs/protocol.md, "Send"), and the two marks of its document.
 */

export const OWN = "@0c1d";
export const ANN = "@a11ce";
export const GROUP = "@@9f0e";

/** A receipt as the package gives it. */
export const receipt = (more = {}) => ({
  msgId: "8997396119269472610",
  localId: "17007000000001234",
  media: {
    mediaId: "@crypt_0f0f0f0f_1234",
    md5: "9e107d9d372bb6826bd81d3542a419d6",
    size: 1000,
    type: "image/jpeg",
    thumbnail: { width: 100, height: 75 },
    instant: false,
  },
  ...more,
});

/** A receipt of a picture of that type. */
export const receiptOf = (type) => receipt({ media: { ...receipt().media, type } });

/**
 * @param {object} [options]
 * @param {Record<string, object>} [options.contacts] beside Ann and a group
 * @param {string} [options.open] the open chat's UserName
 * @param {Record<string, string | undefined>} [options.marks] what the document's marks say, if not the open chat's name
 */
export function fakePage({ contacts = {}, open = ANN, marks } = {}) {
  const page = { open, digests: 0, requests: [], unread: 0 };
  const chats = new Map();
  const added = new Set();
  const named = (contact) => ({ getDisplayName: () => contact.RemarkName || contact.NickName, ...contact });
  const known = {
    [ANN]: named({ UserName: ANN, NickName: "Ann", RemarkName: "" }),
    [GROUP]: named({ UserName: GROUP, NickName: "Hikers", RemarkName: "" }),
    weixin: named({ UserName: "weixin", NickName: "WeChat Team", RemarkName: "" }),
    ...contacts,
  };
  const services = {
    accountFactory: { getUserName: () => OWN },
    contactFactory: {
      getContact(userName, _group, asksNobody) {
        if (known[userName] === undefined && asksNobody !== true) {
          page.requests.push(userName);
        }
        return known[userName];
      },
    },
    chatFactory: {
      getCurrentUserName: () => page.open,
      getChatMessage(userName, opens) {
        if (opens) {
          page.open = userName;
        }
        return chats.get(userName) ?? chats.set(userName, []).get(userName);
      },
      createMessage(message) {
        const id = "17007000000000000";
        const Ids = { MsgId: id, LocalID: id, ClientMsgId: id };
        return Object.assign(message, { FromUserName: OWN, ...Ids, MMStatus: 0, sendByLocal: true });
      },
      messageProcess(message) {
        const isOwn = message.FromUserName === OWN;
        page.unread += isOwn ? 0 : 1;
        message.LocalID ??= message.MsgId;
        services.contactFactory.getContact(isOwn ? message.ToUserName : message.FromUserName);
        if (!added.has(message.MsgId)) {
          added.add(message.MsgId);
          this.getChatMessage(isOwn ? message.ToUserName : message.FromUserName).push(message);
        }
      },
    },
    $rootScope: {
      $$phase: null,
      $digest() {
        page.digests += 1;
        if (this.$$phase) {
          throw new Error(`[$rootScope:inprog] ${this.$$phase} already in progress`);
        }
      },
    },
  };
  const injector = { get: (name) => services[name] };
  page.document = {
    querySelector(selector) {
      const [, name] = /(#\w+).*\[data-username\]$/.exec(selector);
      const value = (marks ?? { "#chatArea": page.open, "#J_NavChatScrollBody": page.open })[name];
      return value === undefined ? null : { getAttribute: () => value };
    },
  };
  page.angular = { element: (node) => ({ injector: () => (node === page.document ? injector : undefined) }) };
  page.services = services;
  page.messages = (userName = ANN) => chats.get(userName) ?? [];
  return page;
}
