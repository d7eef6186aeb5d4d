// A test file for a problem: it fails until the problem is solved.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { ProvedProblem } from '@myfy/core/testing'
import type { FoundCreate } from './find-create.ts'

/** Writes a test that replays a problem, unless it exists. Returns its path, relative to the directory. */
export function writeTest(cwd: string, { entry, name }: FoundCreate, { text, seed }: ProvedProblem): string {
  const folder = ['test', 'tests'].find((one) => existsSync(join(cwd, one))) ?? 'test'
  const extension = entry.file.endsWith('.ts') ? 'ts' : 'js'
  const words = text.toLowerCase().match(/[a-z\d]+/g) ?? []
  const path = join(folder, `prove-${words.slice(0, 8).join('-')}.test.${extension}`)
  const file = join(cwd, path)
  if (existsSync(file)) return path
  const from = relative(dirname(file), entry.file).replaceAll('\\', '/')
  const imported = name === 'default' ? 'createApp' : name
  const importLine =
    name === 'default' ? `import createApp from '${from}'` : `import { ${name} } from '${from}'`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(
    file,
    [
      '// Written by `myfy prove`. The seed is one interleaving; the test fails while the problem occurs in it.',
      '',
      "import assert from 'node:assert/strict'",
      ...(usesVitest(cwd) ? [] : ["import { test } from 'node:test'"]),
      "import { replay } from '@myfy/core/testing'",
      ...(usesVitest(cwd) ? ["import { test } from 'vitest'"] : []),
      importLine,
      '',
      `test(${JSON.stringify(text)}, async () => {`,
      `  const { problems, story } = await replay(${imported}, '${seed}', { env: process.env })`,
      "  assert.deepEqual(problems, [], story.join('\\n'))",
      '})',
      '',
    ].join('\n'),
  )
  return path
}

function usesVitest(cwd: string): boolean {
  try {
    return /"vitest"/.test(readFileSync(join(cwd, 'package.json'), 'utf8'))
  } catch {
    return false
  }
}
