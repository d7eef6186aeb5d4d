// A replay under a debugger: real time passes at a breakpoint, and nothing of the schedule changes.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const fixtures = join(import.meta.dirname, '../../fixtures')
const cache = join(import.meta.dirname, '../../../node_modules/.cache')
let directory: string
let script: string

beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  directory = mkdtempSync(join(cache, 'replay-'))
  script = join(directory, 'replay.mjs')
  await build({
    entryPoints: [join(fixtures, 'replay-many-times.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@myfy/source'],
    outfile: script,
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)",
    },
  })
})
afterAll(() => rmSync(directory, { recursive: true }))

test('100 replays are identical, with and without a breakpoint in a hook', { timeout: 300_000 }, async () => {
  const plain = (await run(process.execPath, [script])).stdout
  const { text, count, different } = JSON.parse(plain)
  expect(text).toMatch(/^start of feed fails: no database after \d+ ms$/)
  expect(count).toBe(100)
  expect(different).toHaveLength(1)

  const debugging = ['--experimental-websocket', join(fixtures, 'debugger.mjs'), script, 'open.add(`database']
  const { code, pauses, output, errors } = JSON.parse((await run(process.execPath, debugging)).stdout)
  expect(errors).toBe('')
  expect({ code, output }).toEqual({ code: 0, output: plain })
  expect(pauses).toBeGreaterThanOrEqual(100)
})
