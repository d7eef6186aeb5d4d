// What a hello loads: an application pays only for what it uses. Reads the built packages.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = new URL('../../../', import.meta.url)
const at = (path: string) => new URL(path, root).href

const ASK = `
const ask = (url) => new Promise((resolve) => get(url, (answer) => answer.resume().on('end', resolve)))
const report = () => {
  const names = process.moduleLoadList.filter((one) => /^NativeModule (?!internal|_)/.test(one))
  console.log(JSON.stringify(names.map((one) => one.slice(13))))
  process.exit()
}`

const BARE = `
import { createServer, get } from 'node:http'
${ASK}
const server = createServer((_, answer) => answer.end('{}')).listen(0, '127.0.0.1', async () => {
  await ask('http://127.0.0.1:' + server.address().port)
  report()
})`

const HELLO = `
import { get } from 'node:http'
import { Application } from '${at('packages/core/dist/index.js')}'
import { defineRoutes, WebModule } from '${at('packages/web/dist/index.js')}'
${ASK}
const routes = defineRoutes('', (route) => void route.get('/hello', () => ({ hello: 'world' })))
const logger = { debug() {}, info() {}, warn() {}, error: console.error }
const app = new Application({ logger, modules: [new WebModule({ routes: [routes], port: 0, host: '127.0.0.1' })] })
app.on('ready', async ({ urls }) => {
  await ask(urls[0] + '/hello')
  report()
})
await app.run()`

/** Runs a program. Returns the modules of Node.js and the files that it has loaded. */
function loadedBy(program: string): { builtin: string[]; files: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'myfy-loaded-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'main.mjs')
  writeFileSync(file, program)
  const env = { ...process.env, NODE_ENV: 'production', NODE_V8_COVERAGE: join(folder, 'coverage') }
  const builtin = JSON.parse(execFileSync(process.execPath, [file], { env, encoding: 'utf8' })) as string[]
  const [report] = readdirSync(env.NODE_V8_COVERAGE)
  const { result } = JSON.parse(readFileSync(join(env.NODE_V8_COVERAGE, report!), 'utf8')) as {
    result: Array<{ url: string }>
  }
  const urls = result.map(({ url }) => url).filter((url) => url.startsWith('file:'))
  return { builtin, files: urls.map((url) => fileURLToPath(url)).filter((path) => path !== file) }
}

/** Returns the files of a package's source that the loaded files were made of: `router/router.ts`. */
function sourcesOf(files: readonly string[], name: string): string[] {
  const built = files.filter((file) => file.includes(`/packages/${name}/dist/`))
  const maps = built.map((file) => JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] })
  return [...new Set(maps.flatMap(({ sources }) => sources))].map((one) => one.replace('../src/', ''))
}

/** The parts that their first use loads. */
const RARE =
  /^(?:api-client|testing)\/|http2|-page\.ts$|recorder|snapshot|recording-limit|multipart|temporary-files/

test('a hello loads neither packages nor modules of Node.js that it does not use', () => {
  const { builtin, files } = loadedBy(HELLO)
  const bare = new Set(loadedBy(BARE).builtin)
  // Node itself loads some of them since 24.
  const needed = ['crypto', 'fs/promises', 'os', 'perf_hooks']
  expect(builtin.filter((name) => !bare.has(name) && !needed.includes(name))).toEqual([])
  const foreign = files.filter((file) => !/\/packages\/(?:di|core|web)\/dist\//.test(file))
  expect(foreign.map((file) => basename(dirname(dirname(file))))).toEqual(['rou3'])
  // V8 keeps a file with another character in two bytes for each.
  const isASCII = (file: string) => readFileSync(file).every((byte) => byte < 0x80)
  expect(files.filter((file) => /\/packages\/.*\.js$/.test(file) && !isASCII(file))).toEqual([])
  const web = sourcesOf(files, 'web')
  expect(web.filter((source) => RARE.test(source))).toEqual([])
  // More than this is a reason to ask what the new part is for, and whether its first use could load it.
  expect(web.length).toBeLessThanOrEqual(150)
  expect(sourcesOf(files, 'core').length).toBeLessThanOrEqual(100)
})
