/** The linter for prose: retext, with the project's own list of words and a bound for the length of sentences. */
import { toString } from "nlcst-to-string";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRetext from "remark-retext";
import remarkStringify from "remark-stringify";
import retextEnglish from "retext-english";
import retextIndefiniteArticle from "retext-indefinite-article";
import retextRepeatedWords from "retext-repeated-words";
import { unified } from "unified";
import { visit } from "unist-util-visit";
import { VFile } from "vfile";

import { LONGEST, WORDS } from "./words.mjs";

/** A plugin for retext: reports the words of words.mjs, and sentences that are too long. Code spans are not looked at. */
function retextProject() {
  return (tree, file) => {
    visit(tree, "SentenceNode", (sentence) => {
      const text = toString(sentence.children.filter(({ type }) => type !== "SourceNode"));
      const words = sentence.children.filter(({ type }) => type === "WordNode");
      const [place = sentence] = words;
      for (const [pattern, instead] of WORDS) {
        const [found] = pattern.exec(text) ?? [];
        if (found !== undefined) {
          file.message(`“${found}”: better ${instead}`, place);
        }
      }
      if (words.length > LONGEST) {
        file.message(`a sentence of ${words.length} words; at most ${LONGEST}`, place);
      }
    });
  };
}

const english = unified().use(retextEnglish).use(retextRepeatedWords).use(retextIndefiniteArticle).use(retextProject);
const linter = unified().use(remarkParse).use(remarkGfm).use(remarkRetext, english).use(remarkStringify);

/**
 * What the linter reports about a document, one line each.
 *
 * @param {string} path
 * @param {string} markdown
 * @returns {Promise<string[]>}
 */
export async function reports(path, markdown) {
  const file = new VFile({ path, value: markdown });
  await linter.run(linter.parse(file), file);
  return file.messages.map(({ line, reason }) => `${path}:${line}: ${reason}`);
}

/**
 * The doc comments of a declaration file as Markdown, each in its place.
 *
 * @param {string} declarations
 */
export function comments(declarations) {
  let isInside = false;
  return declarations
    .split("\n")
    .map((line) => {
      const begins = line.includes("/**");
      isInside ||= begins;
      const text = isInside ? line.replace(/^.*?\/\*\*|^\s*\*(?!\/)/, "").replace(/\*\/.*$/, "") : "";
      isInside &&= !line.includes("*/");
      // A paragraph for each comment and each tag.
      return text.trim().startsWith("@") ? "" : text.trim();
    })
    .join("\n");
}
