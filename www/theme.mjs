/** Light or dark: the system's choice until the visitor makes one. Applied on import, before the first paint. */

const STORED = "webwx-image.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function apply(theme) {
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
  }
}

try {
  apply(localStorage.getItem(STORED));
} catch {
  // Without storage the system's choice holds.
}

export const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

export function switchTheme() {
  const next = isDark() ? "light" : "dark";
  apply(next);
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // The choice then lasts as long as the page.
  }
}

/** Calls back when the system's choice changes under the page. */
export const onSystemTheme = (listener) => system.addEventListener("change", listener);
