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
  mkdirSync(dirname(file), { recursive: true })
  const entryPath = (directory: string) => relative(directory, entry.file).replaceAll('\\', '/')
  const lines =
    name === undefined
      ? replayByCommand(cwd, text, seed, entryPath(cwd))
      : replayByFunction(cwd, text, seed, entryPath(dirname(file)), name)
  const comment =
    '// Written by `myfy prove`. The seed is one interleaving; the test fails while the problem occurs in it.'
  writeFileSync(file, [comment, '', ...lines, ''].join('\n'))
  return path
}

function replayByFunction(cwd: string, text: string, seed: string, from: string, name: string): string[] {
  const imported = name === 'default' ? 'createApp' : name
  return [
    "import assert from 'node:assert/strict'",
    ...(usesVitest(cwd) ? [] : ["import { test } from 'node:test'"]),
    "import { replay } from '@myfy/core/testing'",
    ...(usesVitest(cwd) ? ["import { test } from 'vitest'"] : []),
    name === 'default' ? `import createApp from '${from}'` : `import { ${name} } from '${from}'`,
    '',
    `test(${JSON.stringify(text)}, async () => {`,
    `  const { problems, story } = await replay(${imported}, '${seed}', { adapt: true, env: process.env })`,
    "  assert.deepEqual(problems, [], story.join('\\n'))",
    '})',
  ]
}

/** The entry creates one application: only the command loads it anew. */
function replayByCommand(cwd: string, text: string, seed: string, entry: string): string[] {
  return [
    "import { execFileSync } from 'node:child_process'",
    "import { createRequire } from 'node:module'",
    "import { dirname, join } from 'node:path'",
    usesVitest(cwd) ? "import { test } from 'vitest'" : "import { test } from 'node:test'",
    '',
    "const cli = dirname(createRequire(import.meta.url).resolve('@myfy/cli/package.json'))",
    '',
    `test(${JSON.stringify(text)}, () => {`,
    `  const words = ['prove', '${entry}', '--replay', '${seed}', '--adapt']`,
    "  execFileSync(process.execPath, [join(cli, 'bin/myfy.js'), ...words], { stdio: 'inherit' })",
    '})',
  ]
}

function usesVitest(cwd: string): boolean {
  try {
    return /"vitest"/.test(readFileSync(join(cwd, 'package.json'), 'utf8'))
  } catch {
    return false
  }
}
