/** The page's own model of account, chats and contacts, behind its injector. */
"use strict";
(() => {
  const account = "ACCOUNT";
  const factories = {
    accountFactory: {
      getUin: () => account.uin,
      getSid: () => account.sid,
      getSkey: () => account.skey,
      getUserName: () => account.userName,
      getPassticket: () => account.passTicket,
    },
    chatFactory: {
      getCurrentUserName: () => account.open,
      setCurrentUserName(userName) {
        account.open = userName;
      },
      getChatMessage: (userName) =>
        account.messages.filter((message) => [message.FromUserName, message.ToUserName].includes(userName)),
    },
    contactFactory: {
      getContact: (userName) => account.contacts[userName],
      getAllContacts: () => account.contacts,
    },
  };
  const injector = {
    get(name) {
      if (!Object.hasOwn(factories, name)) throw new Error(`Unknown provider: ${name}`);
      return factories[name];
    },
  };
  window.angular = {
    element(node) {
      if (node !== document) throw new TypeError("only the document has an injector here");
      return { injector: () => injector };
    },
  };
})();
