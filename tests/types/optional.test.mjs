/**
 * Every optional property of the declarations takes undefined too. Under exactOptionalPropertyTypes, what one call gives
 * (`error.checkpoint`) would be no option of another without it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";

import { read } from "./blocks.mjs";

/** The optional members without undefined, with their lines. */
function withoutUndefined(text) {
  const file = ts.createSourceFile("index.d.ts", text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    const isMember = ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isMethodSignature(node) || ts.isMethodDeclaration(node);
    if (isMember && node.questionToken !== undefined) {
      const types = node.type !== undefined && ts.isUnionTypeNode(node.type) ? [...node.type.types] : [];
      // A method has the type of what it gives, and cannot be undefined.
      const takes = !("parameters" in node) && types.some(({ kind }) => kind === ts.SyntaxKind.UndefinedKeyword);
      if (!takes) found.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.name.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

test("every optional property takes undefined", () => {
  assert.deepEqual(withoutUndefined(read("src/npm/index.d.ts")), []);
});

test("one that does not is found, a method too", () => {
  const wrong = "interface A {\n  a?: number;\n  b?(): undefined | null;\n  c?: number | undefined;\n  d: { e?: string };\n}";
  assert.deepEqual(withoutUndefined(wrong), ["2: a", "3: b", "5: e"]);
});
