/** The page: language and theme, the library, the session, and the three things one can do with them. */

import { otherLanguage, say, setLanguage, startLanguage, t } from "./i18n.mjs";
import { startInspect } from "./inspect.mjs";
import { startReceive } from "./receive.mjs";
import { startSend } from "./send.mjs";
import { findSession } from "./session.mjs";
import { isDark, onSystemTheme, switchTheme } from "./theme.mjs";
import { startTabs } from "./ui.mjs";
import { startWrong } from "./wrong.mjs";

const find = (selector) => document.querySelector(selector);

function nameSwitches() {
  const other = otherLanguage();
  const language = find("#language");
  // The button speaks the language that it leads to.
  language.textContent = other === "en" ? "English" : "中文";
  language.lang = other;
  const theme = isDark() ? "page.theme.light" : "page.theme.dark";
  say(find("#theme"), theme, {}, "aria-label");
  say(find("#theme"), theme, {}, "title");
  document.title = t("page.title");
}

function startSwitches() {
  startLanguage();
  nameSwitches();
  onSystemTheme(nameSwitches);
  find("#language").addEventListener("click", () => {
    setLanguage(otherLanguage());
    nameSwitches();
  });
  find("#theme").addEventListener("click", () => {
    switchTheme();
    nameSwitches();
  });
}

function tellSession(context) {
  const state = context?.place ?? "none";
  find("#session").dataset.state = state;
  const host = context ? new URL(context.session.origin ?? location.origin).host : "";
  say(find("#session-text"), `session.${state}`, { host });
}

/** Pictures come in by the file dialog, by dropping and by pasting, wherever the visitor is on the page. */
function startIntake(add, showTab) {
  const take = (files) => {
    if (files.length > 0) {
      showTab("send");
      add([...files]);
    }
  };
  const pick = find("#pick");
  pick.addEventListener("change", () => {
    take(pick.files);
    // The same file can be picked once more.
    pick.value = "";
  });
  find("#sample").addEventListener("click", async () => {
    try {
      const response = await fetch("pictures/sample.jpg");
      if (!response.ok) {
        throw new Error(String(response.status));
      }
      find("#send-note").hidden = true;
      take([new File([await response.blob()], "sample.jpg", { type: "image/jpeg" })]);
    } catch {
      say(find("#send-note"), "intake.sampleFailed").hidden = false;
    }
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      take(event.clipboardData.files);
    }
  });
  const dragsFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (dragsFiles(event)) {
      event.preventDefault();
      document.body.dataset.dragging = "";
    }
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) {
      delete document.body.dataset.dragging;
    }
  });
  document.addEventListener("drop", (event) => {
    delete document.body.dataset.dragging;
    if (dragsFiles(event)) {
      event.preventDefault();
      take(event.dataTransfer.files);
    }
  });
}

/** The package as users get it: loaded here, so that the page can say so when it is not built. */
async function loadLibrary() {
  const webwx = await import("../dist/index.js");
  await webwx.default();
  find("#backend").textContent = webwx.backend() === "wasm" ? "WebAssembly" : "JavaScript";
  return webwx;
}

async function start() {
  let webwx;
  try {
    webwx = await loadLibrary();
  } catch (error) {
    console.warn(error);
    say(find("#broken"), "page.broken").hidden = false;
    document.body.dataset.broken = "";
    return;
  }
  const context = await findSession(webwx);
  tellSession(context);
  startInspect({ webwx });
  const receive = startReceive({ webwx, context });
  const send = startSend({
    webwx,
    context,
    onSent: () => receive.refresh(),
    showChat: (msgId) => {
      showTab("receive");
      void receive.highlight(msgId);
    },
  });
  if (context?.place === "standin" || context?.place === "worker") {
    startWrong(find("#wrong"));
  }
  startIntake(send.add, (name) => showTab(name));
  find("#go-send").addEventListener("click", () => {
    showTab("send");
    find("#pick").focus();
  });
  const showTab = startTabs(find("[role=tablist]"), (name) => {
    if (name === "receive") {
      void receive.refresh();
    }
  });
  document.body.dataset.ready = "";
}

startSwitches();
void start();
