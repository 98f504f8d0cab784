/** The code blocks of the project's documents, and what the compiler says of them. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const types = fileURLToPath(new URL("./", import.meta.url));

/** Folders that hold what others wrote, or what is made. */
const FOREIGN = ["node_modules", "target", "dist", "built", "site", "artifacts"];

/** Every Markdown file of the project, by its path from the root. */
export function documents(folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return FOREIGN.includes(entry.name) || entry.name === ".git" ? [] : documents(path);
    }
    return entry.name.endsWith(".md") ? [relative(root, path)] : [];
  });
}

export const read = (path) => readFileSync(join(root, path), "utf8");

/**
 * The fenced blocks of a document. `line` is that of the opening fence, from 1.
 *
 * @param {string} markdown
 * @returns {{ language: string, code: string, line: number }[]}
 */
export function blocks(markdown) {
  const found = [];
  let open = null;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^```(\S*)/.exec(line);
    if (!fence) {
      open?.lines.push(line);
    } else if (open) {
      found.push({ language: open.language, code: open.lines.join("\n"), line: open.line });
      open = null;
    } else {
      open = { language: fence[1], lines: [], line: index + 1 };
    }
  }
  return found;
}

/** A document without its blocks: what is prose. Its lines keep their places. */
export const prose = (markdown) =>
  markdown.replace(/^```[^]*?^```/gm, (block) => "\n".repeat(block.split("\n").length - 1));

/** Which of a document's languages are compiled, and as what. Of a Vue component that is its script. */
const COMPILED = { js: "js", ts: "ts", tsx: "tsx", vue: "ts" };

function script({ language, code }) {
  if (language !== "vue") {
    return code;
  }
  const [, before, inside] = /^([^]*?<script[^>]*>)([^]*?)<\/script>/.exec(code) ?? [];
  return "\n".repeat(before.split("\n").length - 1) + inside;
}

/**
 * What the compiler has to say of the blocks of documents, each a module of its own, as one line each. The compiler
 * takes the rules that tests/types has for users of the package.
 *
 * @param {Record<string, string>} texts the documents, by their paths from the root
 * @returns {string[]}
 */
export function complaints(texts) {
  const files = new Map();
  for (const [path, markdown] of Object.entries(texts)) {
    for (const block of blocks(markdown)) {
      const extension = COMPILED[block.language];
      if (extension) {
        // So far down as in the document: the compiler's lines are the document's.
        files.set(join(root, `${path}.${block.line}.${extension}`), "\n".repeat(block.line) + script(block));
      }
    }
  }

  const options = {
    ...ts.getParsedCommandLineOfConfigFile(join(types, "tsconfig.json"), {}, ts.sys).options,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    allowUmdGlobalAccess: true,
    jsx: ts.JsxEmit.ReactJSX,
    moduleDetection: ts.ModuleDetectionKind.Force,
    types: ["node", "chrome"],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.getCurrentDirectory = () => root;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) =>
    files.has(name)
      ? ts.createSourceFile(name, files.get(name), version, true)
      : getSourceFile(name, version, ...rest);

  const surroundings = [join(types, "documents.d.ts")];
  const program = ts.createProgram([...surroundings, ...files.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, " ");
    if (!file || start === undefined) {
      return text;
    }
    const document = relative(root, file.fileName).replace(/\.\d+\.\w+$/, "");
    return `${document}:${file.getLineAndCharacterOfPosition(start).line + 1}: ${text}`;
  });
}
