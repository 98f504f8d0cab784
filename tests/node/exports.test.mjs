/** The declarations and the package name the same things: no more, no less. Not run on each form again. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import ts from "typescript";
import * as node from "webwx-image";

import { dist } from "./fresh.mjs";

const declarations = new URL("index.d.ts", dist);
const source = ts.createSourceFile("index.d.ts", await readFile(declarations, "utf8"), ts.ScriptTarget.Latest, true);

const isExported = (statement) =>
  statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
const isDefault = (statement) => statement.modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);

const values = source.statements.filter(isExported).flatMap((statement) => {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText(source));
  }
  const isValue = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return isValue ? [isDefault(statement) ? "default" : statement.name.text] : [];
});

for (const form of ["index", "node", "inline", "js", ".parts/iife"]) {
  test(`${form} has the declared values`, async () => {
    assert.deepEqual(Object.keys(await import(new URL(`${form}.js`, dist))).sort(), [...new Set(values)].sort());
  });
}

for (const declared of source.statements.filter(ts.isClassDeclaration)) {
  const name = declared.name.text;
  test(`${name} has the declared methods and accessors, and no others`, () => {
    const isStatic = (member) => member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
    // What an error carries are properties of each instance; everywhere else a property is an accessor.
    const isMember = (member) =>
      ts.isMethodDeclaration(member) || (ts.isPropertyDeclaration(member) && name !== "WebwxError");
    const text = (member) => member.name.getText(source).replace(/^\[|\]$/g, "");
    const names = (all) => [...new Set(all.map(text))].sort();
    const actual = (object, but) =>
      Reflect.ownKeys(object)
        .filter((key) => !but.includes(key))
        .map((key) => (key === Symbol.dispose ? "Symbol.dispose" : String(key)))
        .sort();

    const members = declared.members.filter(isMember);
    const prototype = actual(node[name].prototype, name === "WebwxError" ? ["constructor", "name"] : ["constructor"]);
    assert.deepEqual(prototype, names(members.filter((member) => !isStatic(member))));
    assert.deepEqual(actual(node[name], ["length", "name", "prototype"]), names(members.filter(isStatic)));
  });
}

test("the declarations have no `any`, and say of every name and member what it is", () => {
  const undocumented = [];
  const look = (node, path) => {
    assert.notEqual(node.kind, ts.SyntaxKind.AnyKeyword, path);
    node.forEachChild((child) => look(child, path));
  };
  const document = (node, path) => {
    // The `kind` of a message is told at the message.
    if (!path.endsWith(".kind") && ts.getJSDocCommentsAndTags(node).length === 0) {
      undocumented.push(path);
    }
  };
  for (const statement of source.statements.filter(isExported)) {
    const name = statement.name.getText(source);
    look(statement, name);
    document(statement, name);
    for (const member of statement.members ?? []) {
      document(member, `${name}.${member.name?.getText(source) ?? "constructor"}`);
    }
  }
  assert.deepEqual(undocumented, []);
});

test("the declared error codes are the core's, and the one for a core that is not there", async () => {
  const isCodes = (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === "ErrorCode";
  const declared = source.statements.find(isCodes).type.types.map(({ literal }) => literal.text);
  const core = await readFile(new URL("../src/error.rs", dist), "utf8");
  const codes = [...core.matchAll(/^ +Self::\w+ => "([\w-]+)",$/gm)].map(([, code]) => code);
  assert.deepEqual(declared, ["not-initialized", ...codes]);
});
