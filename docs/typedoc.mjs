/**
 * A plugin for typedoc: the documents that the index (README.md) lists become pages, in its order. The name of a page is its heading, its
 * group the heading of the index under which it is listed.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, Comment, Converter, JSX } from "typedoc";

const folder = dirname(fileURLToPath(import.meta.url));

/** The listed documents in order: path and group. */
function listed() {
  let group = "";
  return readFileSync(resolve(folder, "README.md"), "utf8")
    .split("\n")
    .flatMap((line) => {
      group = /^## (.+)$/.exec(line)?.[1] ?? group;
      const targets = [...line.matchAll(/\]\(([^)#\s]+\.md)\)/g)].map(([, target]) => resolve(folder, target));
      return group === "" ? [] : targets.map((path) => ({ path, group }));
    });
}

/** The text of a document's first heading. */
const heading = (text) => /^# (.+)$/m.exec(text)?.[1] ?? "";

/** @param {import("typedoc").Application} app */
export function load(app) {
  const documents = listed();
  // Options are read again after the plugins are loaded.
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue("projectDocuments", documents.map(({ path }) => path));
  });
  const groups = new Map(documents.map(({ path, group }) => [heading(readFileSync(path, "utf8")), group]));
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    document.name = heading(Comment.combineDisplayParts(document.content));
    document.frontmatter["group"] = groups.get(document.name);
  });
  // rustdoc's pages lie beside typedoc's: xtask/src/docs.rs.
  app.renderer.hooks.on("pageSidebar.end", (context) =>
    JSX.createElement("p", null, JSX.createElement("a", { href: context.relativeURL("rust/webwx_image/index.html") }, "Rust crate")),
  );
}
