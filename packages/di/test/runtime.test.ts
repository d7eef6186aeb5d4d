// The same source in every way a user may run it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, expect, test } from 'vitest'

const script = `${import.meta.dirname}/conformance.ts`
const scratch = mkdtempSync(join(tmpdir(), 'myfy-di-'))
const bundle = join(scratch, 'conformance.mjs')
afterAll(() => rmSync(scratch, { recursive: true }))

const run = (node: string, ...args: string[]) => {
  const { stdout, stderr } = spawnSync(node, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  return (stdout || stderr).trim()
}
const expected = 'slow 7, settle true, slow 7, slow'
const ours = process.execPath

/** Another Node, by MYFY_NODE_24 or in the scratch folder where `npm i node@24` puts it. */
const node24 = [process.env.MYFY_NODE_24 ?? '', '/tmp/node24/node_modules/.bin/node'].find((path) =>
  existsSync(path),
)
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]
const strips = major > 22 || (major === 22 && minor >= 18) ? ours : node24

test('bundled by esbuild, also without code from strings', () => {
  buildSync({
    entryPoints: [script],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile: bundle,
  })
  expect(run(ours, bundle)).toBe(expected)
  expect(run(ours, '--disallow-code-generation-from-strings', bundle)).toBe(expected)
})

test('by tsx', () => {
  expect(run(ours, '--import', import.meta.resolve('tsx'), script)).toBe(expected)
})

test('by Node’s own type stripping (22.18 or newer; skipped where only an older Node is at hand)', (context) => {
  if (!strips) return context.skip('no Node with type stripping: set MYFY_NODE_24')
  expect(run(strips, '--disable-warning=ExperimentalWarning', script)).toBe(expected)
  expect(run(strips, '--disallow-code-generation-from-strings', script)).toBe(expected)
})
