// A message that ends with a full stop, in the middle of another one: "… already exists.. Correct the file."

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { find, root } from './markdown.ts'

/** An expression that is the message of another error, or of a schema. */
const MESSAGE = /\b(?:messageOf|describeError)\(|(?:^|\.)message\b/

/** What removes the mark at the end of a message. */
const CLAUSE = /^(?:clauseOf|unpunctuated)\(/

const files = find('packages/*/src/**/*.ts')

/** The expressions of a file that a full stop follows. */
function endsOf(file: string): readonly { readonly place: string; readonly text: string }[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest)
  const found: { place: string; text: string }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateSpan(node) && /^[.!?](?:\s|$)/.test(node.literal.text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.expression.getStart(source))
      found.push({ place: `${file}:${line + 1}`, text: node.expression.getText(source) })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const ends = files.flatMap(endsOf)

test('a message that a full stop follows is a clause', () => {
  expect(ends.filter(({ text }) => CLAUSE.test(text)).length).toBeGreaterThan(20)
  expect(ends.filter(({ text }) => MESSAGE.test(text) && !CLAUSE.test(text))).toEqual([])
})
