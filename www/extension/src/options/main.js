/** The options page: every change is stored at once. */
import { fileName, WORDS } from "../shared/names.js";
import { checked, DEFAULTS, readSettings, SPEEDS, writeSettings } from "../shared/settings.js";

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
const byId = (id) => /** @type {T} */ (document.getElementById(id));

const pattern = /** @type {HTMLInputElement} */ (byId("pattern"));
const speed = /** @type {HTMLSelectElement} */ (byId("speed"));
const strip = /** @type {HTMLInputElement} */ (byId("strip"));

const { getMessage } = chrome.i18n;

/** A picture to show names with. */
const EXAMPLE = {
  createTime: Date.now() / 1000,
  md5: "9e107d9d372bb6826bd81d3542a419d6",
  chat: getMessage("exampleChat"),
  msgId: "8997396119269472610",
  extension: "jpg",
};

/** @param {import("../types.js").Settings} settings */
function show(settings) {
  pattern.value = settings.pattern;
  speed.value = String(settings.concurrency);
  strip.checked = settings.strip;
  showPreview();
}

/** What this page is about; the panel has the rest. */
function inForm() {
  const settings = checked({ pattern: pattern.value, concurrency: speed.value, strip: strip.checked });
  return { pattern: settings.pattern, concurrency: settings.concurrency, strip: settings.strip };
}

function showPreview() {
  byId("preview").textContent = fileName(inForm().pattern, EXAMPLE);
}

async function store() {
  byId("saved").textContent = "";
  await writeSettings(inForm());
  byId("saved").textContent = getMessage("optionSaved");
}

for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-text]"))) {
  element.textContent = getMessage(element.dataset["text"] ?? "");
}
document.documentElement.lang = chrome.i18n.getUILanguage();
document.title = `${getMessage("optionsTitle")} – ${getMessage("name")}`;

for (const chunks of SPEEDS) {
  speed.append(new Option(getMessage(`speed_${chunks}`), String(chunks)));
}
for (const word of WORDS) {
  const insert = document.createElement("button");
  insert.type = "button";
  insert.textContent = `{${word}}`;
  insert.addEventListener("click", () => {
    pattern.setRangeText(insert.textContent, pattern.selectionStart ?? 0, pattern.selectionEnd ?? 0, "end");
    pattern.focus();
    showPreview();
    void store();
  });
  byId("words").append(insert);
}

pattern.addEventListener("input", showPreview);
byId("options").addEventListener("change", () => void store());
byId("options").addEventListener("submit", (event) => event.preventDefault());
byId("reset").addEventListener("click", () => {
  show(DEFAULTS);
  void store();
});

void readSettings().then(show);
