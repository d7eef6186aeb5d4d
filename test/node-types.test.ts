// A reader installs the newest `@types/node`, whatever Node.js runs the service.

import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compileDocuments } from './compile-documents.ts'
import { root } from './markdown.ts'

test('the documents and the packages compile with the newest types of Node.js', () => {
  const folder = realpathSync(join(root, 'node_modules/types-node-26'))
  expect(compileDocuments(folder).faults).toEqual([])
}, 240_000)
