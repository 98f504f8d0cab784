/**
 * The page's own model of account, chats and contacts, behind its injector. It behaves as the official page's services
 * do, as far as anything here looks at them.
 */
"use strict";
(() => {
  const account = "ACCOUNT";
  const me = account.userName.trim();
  const [READY, SENDING] = [0, 1];
  const GROUP_PREFIX = /^(@[a-zA-Z0-9]+|[a-zA-Z0-9_-]+):<br\/>/;
  const isGroup = (userName) => userName.startsWith("@@");

  /** UserNames for which the page has asked the service, since it was not told to leave that. */
  const asked = [];

  const contacts = {};
  for (const contact of account.contacts) {
    contacts[contact.UserName] = Object.assign(contact, {
      getDisplayName() {
        const name = this.RemarkName || this.NickName;
        if (name || !isGroup(this.UserName)) return name;
        const friend = ({ UserName }) => contacts[UserName] ?? {};
        const named = (member) => friend(member).RemarkName || friend(member).NickName || member.NickName;
        return this.MemberList.slice(0, 10).map(named).join(", ");
      },
    });
  }

  const chats = {};
  const byMsgId = new Map();

  const chatFactory = {
    getCurrentUserName: () => account.open,
    setCurrentUserName(userName) {
      account.open = userName;
      mark();
      draw();
    },
    /** The array itself, which grows. */
    getChatMessage: (userName) => (chats[userName] ??= []),
    getMsg: (msgId) => byMsgId.get(msgId),
    createMessage(message) {
      message.FromUserName ||= me;
      message.ToUserName ||= account.open;
      // Milliseconds, 0, and three digits of chance.
      const id = `${Date.now()}${Math.random().toFixed(3)}`.replace(".", "");
      message.MsgId = message.LocalID = message.ClientMsgId = id;
      message.CreateTime = Math.round(Date.now() / 1000);
      message.MMStatus = READY;
      message.sendByLocal = true;
      return message;
    },
    appendMessage(message) {
      message.MMStatus = SENDING;
      chatFactory.messageProcess(message);
    },
    /** Takes a message into its chat. The same MsgId is taken once. */
    messageProcess(message) {
      message.Content ||= "";
      message.MMDigest = "";
      message.MMIsSend = message.FromUserName === me || message.FromUserName === "";
      message.MMPeerUserName = message.MMIsSend ? message.ToUserName : message.FromUserName;
      message.MMIsChatRoom = isGroup(message.MMPeerUserName);
      const [prefix, sender] = (message.MMIsChatRoom && GROUP_PREFIX.exec(message.Content)) || ["", ""];
      message.MMActualContent = message.Content.slice(prefix.length);
      message.MMActualSender = sender || message.FromUserName;
      if (!message.MMIsSend) message.MMUnread ??= true;
      if (!message.LocalID) message.ClientMsgId = message.LocalID = message.MsgId;
      if (byMsgId.has(message.MsgId)) return;
      byMsgId.set(message.MsgId, message);
      chatFactory.getChatMessage(message.MMPeerUserName).push(message);
    },
  };

  const $rootScope = {
    $$phase: null,
    /** Shows what the model has. */
    $digest() {
      if ($rootScope.$$phase !== null) throw new Error("[$rootScope:inprog] $digest already in progress");
      $rootScope.$$phase = "$digest";
      try {
        draw();
      } finally {
        $rootScope.$$phase = null;
      }
    },
    $apply(work) {
      work?.($rootScope);
      $rootScope.$digest();
    },
  };

  const services = {
    $rootScope,
    chatFactory,
    accountFactory: {
      getUin: () => account.uin,
      getSid: () => account.sid,
      getSkey: () => account.skey,
      getUserName: () => account.userName,
      // It came with the login; a page that is loaded again has none.
      getPassticket: () => (isReloaded() ? undefined : account.passTicket),
    },
    contactFactory: {
      getContact(userName, _chatroom, isQuiet) {
        const contact = contacts[userName];
        const lacks = !contact || (isGroup(userName) && contact.MemberList.length === 0);
        if (lacks && !isQuiet) asked.push(userName);
        return contact;
      },
      getAllContacts: () => contacts,
    },
  };

  const isReloaded = () => performance.getEntriesByType("navigation")[0]?.type === "reload";
  const mark = () => standin.mark(account.open, contacts[account.open]?.getDisplayName() ?? "");
  const draw = () => standin.draw(chatFactory.getChatMessage(account.open), account.skey);

  /** A thumbnail such as the page makes of a picked picture. */
  function thumbnail() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 120, height: 90 });
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#07c160";
    brush.fillRect(0, 0, 120, 90);
    return canvas.toDataURL("image/jpeg");
  }

  for (const message of [...account.messages, ...account.album]) {
    if (message.MMStatus !== undefined && !message.MMPreviewSrc) message.MMThumbSrc = thumbnail();
    chatFactory.messageProcess(message);
  }

  const injector = {
    has: (name) => Object.hasOwn(services, name),
    get(name) {
      if (!injector.has(name)) throw new Error(`Unknown provider: ${name}Provider <- ${name}`);
      return services[name];
    },
  };
  window.angular = {
    element(node) {
      if (node !== document) throw new TypeError("only the document has an injector here");
      return { injector: () => injector };
    },
  };

  Object.assign(standin, {
    asked,
    /** Takes over what the service has by now, as the page's sync does. */
    async sync() {
      const messages = await (await fetch("/__standin/messages")).json();
      messages.forEach(chatFactory.messageProcess);
      $rootScope.$digest();
    },
  });
  addEventListener("DOMContentLoaded", mark);
})();
