/**
 * The content script of a page of WeChat Web: joins the bridge, the queue, the runner and the panel. Whatever it does
 * begins with a click, a key, a drop or a paste of the user's own, or with a message from the worker.
 *
 * @typedef {import("../types.js").Chat} Chat
 * @typedef {import("../types.js").How} How
 * @typedef {import("../types.js").Notice} Notice
 * @typedef {import("./queue.js").Entry} Entry
 * @typedef {import("./originals.js").Tally} Tally
 */
import { Panel } from "../panel/panel.js";
import { isFileHelper } from "../shared/hosts.js";
import { readSettings, writeSettings } from "../shared/settings.js";
import { Bridge } from "./bridge.js";
import { Clients } from "./clients.js";
import { estimated } from "./form.js";
import { ExtensionGone, isGone, openOptions } from "./keeper.js";
import { saveOriginals } from "./originals.js";
import { Queue, Refusal } from "./queue.js";
import { Runner } from "./runner.js";

/** How often the open panel looks which chat is open. */
const LOOK_MS = 700;

/** @param {MessagePort} port */
function start(port) {
  const bridge = new Bridge(port);
  const clients = new Clients(bridge);
  const queue = new Queue(render);
  const runner = new Runner(queue, bridge, clients, render);

  /** What the panel shows beside the queue. */
  const view = {
    chat: /** @type {Chat | null} */ (null),
    notice: /** @type {[key: string, ...values: string[]] | null} */ (null),
    tally: /** @type {Tally | null} */ (null),
    saving: /** @type {AbortController | null} */ (null),
    how: /** @type {How} */ ({ form: "original", side: 0, strip: false }),
    isNew: false,
  };
  /** Counts down while the service has said "too often". @type {ReturnType<typeof setInterval> | undefined} */
  let counting;
  /** MD5s of the originals that this page has saved. @type {Set<string>} */
  const known = new Set();

  const panel = new Panel({
    take,
    send,
    pause: () => runner.pause("user"),
    cancel: (entry) => runner.cancel(entry),
    retry: (entry) => runner.retry(entry),
    again: (entry) => runner.again(entry),
    arrived: (entry) => queue.change(entry, { state: "sent", error: null }),
    remove: (entry) => queue.remove(entry),
    address,
    move: (entry, before) => queue.move(entry, before),
    clear: (...states) => Promise.all(queue.inState(...states).map((entry) => queue.remove(entry))),
    retryAll,
    addressAll,
    choose,
    welcomed,
    save,
    stopSaving: () => view.saving?.abort(),
    options: openOptions,
    picture: (entry) => queue.picture(entry),
    look,
    failed,
  });

  function render() {
    if (isGone()) {
      gone();
      return;
    }
    const { chat, notice, tally, saving, how, isNew } = view;
    const { quietSeconds } = runner;
    if (quietSeconds > 0) {
      counting ??= setInterval(render, 1000);
    } else {
      clearInterval(counting);
      counting = undefined;
    }
    panel.render({
      chat,
      notice,
      tally,
      how,
      isNew,
      quietSeconds,
      estimate: (entry) => estimated(entry.item, entry.item.how ?? how),
      saving: saving !== null,
      paused: runner.paused,
      canRepeat: (entry) => runner.canRepeat(entry),
      entries: queue.entries,
    });
  }

  /**
   * @param {string | null} key of a sentence
   * @param {...string} values
   */
  function say(key, ...values) {
    view.notice = key === null ? null : [key, ...values];
    render();
  }

  /** What nobody else has caught. @param {unknown} error */
  function failed(error) {
    if (error instanceof ExtensionGone || isGone()) {
      gone();
    } else if (error instanceof Refusal) {
      say(error.code === "already" ? "noticeAlready" : "noticeNoPicture", error.picture);
    } else if (WebwxImage.WebwxError.is(error) && error.code === "session-lost") {
      say(isFileHelper(location.origin) ? "noticeReload" : "noticeLogin");
    } else {
      say("noticeFailed");
    }
  }

  function gone() {
    clearInterval(looking);
    panel.gone();
  }

  /** Looks which chat is open. */
  async function look() {
    const chat = await bridge.chat();
    if (chat?.userName !== view.chat?.userName || chat?.name !== view.chat?.name) {
      view.chat = chat;
      render();
    }
  }

  /**
   * The pictures go to the chat that the panel showed: if another is open by now, none is taken.
   *
   * @param {File[]} files
   */
  async function take(files) {
    const shown = view.chat;
    say(null);
    await look();
    if (view.chat === null) {
      say("noticeNoChat");
      return;
    }
    if (shown !== null && shown.userName !== view.chat.userName) {
      say("noticeOtherChat");
      return;
    }
    const { chat } = view;
    const { userName } = await bridge.session();
    await queue.take(files, chat, userName);
    await runner.run();
  }

  /** All that are ready go out, each to its own chat. */
  async function send() {
    say(null);
    const { how } = view;
    // Those that are still being stored follow by themselves.
    for (const entry of queue.inState("taking")) {
      entry.wanted = how;
    }
    for (const entry of queue.inState("ready").filter(({ item }) => item.to !== null)) {
      await queue.change(entry, { state: "waiting", error: null, how });
    }
    await runner.resume();
  }

  /** Everything that failed is tried again, and what waits goes on with it. */
  async function retryAll() {
    for (const entry of queue.inState("failed")) {
      await queue.change(entry, { state: "waiting", error: null });
    }
    await runner.resume();
  }

  /** All that are ready go to the open chat instead of their own. */
  async function addressAll() {
    for (const entry of queue.inState("ready").filter(({ item }) => item.to?.userName !== view.chat?.userName)) {
      await address(entry).catch(failed);
    }
  }

  /** What is done to the next pictures before they are sent. @param {Partial<How>} how */
  async function choose(how) {
    view.how = { ...view.how, ...how };
    render();
    await writeSettings(how);
  }

  /** The first note was seen. */
  async function welcomed() {
    if (view.isNew) {
      view.isNew = false;
      render();
      await writeSettings({ welcomed: true });
    }
  }

  async function readChoices() {
    const { form, side, strip, welcomed } = await readSettings();
    view.how = { form, side, strip };
    view.isNew = !welcomed;
    render();
  }

  /** @param {Entry} entry */
  async function address(entry) {
    const { chat } = view;
    if (chat !== null) {
      const { userName } = await bridge.session();
      await queue.address(entry, chat, userName);
    }
  }

  /** Pictures from a right click: for the chat that is open now, until the user says otherwise. */
  async function arrived() {
    await queue.refresh();
    await look();
    panel.open();
    for (const entry of queue.inState("ready").filter(({ item }) => item.to === null)) {
      await address(entry).catch(async (error) => {
        if (error instanceof Refusal) {
          await queue.remove(entry);
        }
        failed(error);
      });
    }
  }

  async function save() {
    await look();
    const { chat } = view;
    if (chat === null) {
      say("noticeNoChat");
      return;
    }
    say(null);
    view.saving = new AbortController();
    try {
      const [{ client }, { pattern }, messages] = await Promise.all([
        clients.current(),
        readSettings(),
        bridge.messages(chat.userName),
      ]);
      const { signal } = view.saving;
      const onProgress = (/** @type {Tally} */ tally) => {
        view.tally = { ...tally };
        render();
      };
      await saveOriginals({ chat, messages, client, pattern, known, signal, onProgress });
    } finally {
      view.saving = null;
      render();
    }
  }

  /** The tab's pictures, after this page was opened: what was on its way waits until the user lets it go on. */
  async function reopen() {
    await queue.open();
    if (queue.inState("waiting").length > 0) {
      runner.pause("reload");
    }
    if (queue.inState("waiting", "unsure", "ready").length > 0) {
      panel.open();
    }
    // A right click may have come before anyone here could hear of it.
    await arrivedBefore();
  }

  async function arrivedBefore() {
    if (queue.inState("ready").some(({ item }) => item.to === null)) {
      await arrived();
    }
  }

  chrome.runtime.onMessage.addListener((/** @type {Notice} */ notice, _sender, respond) => {
    respond(true);
    if (notice === "toggle") {
      panel.toggle();
    } else if (notice === "arrived") {
      void arrived().catch(failed);
    }
  });
  // A page that comes back from the browser's cache may have lost its queue to the one after it.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      void reopen().catch(failed);
    }
  });
  chrome.storage.onChanged.addListener(() => void readChoices().catch(failed));
  void readChoices().catch(failed);
  const looking = setInterval(() => {
    if (isGone()) {
      gone();
    } else if (panel.isOpen && document.visibilityState === "visible") {
      void look();
    }
  }, LOOK_MS);
  void reopen().catch(failed);
}

// Without a port there is no bridge: the page was loaded before the extension was, and has to be reloaded.
if (globalThis.webwxImagePort) {
  start(globalThis.webwxImagePort);
}
