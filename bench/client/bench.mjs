// The compile time of a typed client over 500 routes, with tsc 7, against the declarations of the server; and the size
// of the client in a browser.
// Options: --rounds 7 --completions 21 --quick.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { median, options, rotated, rounds } from '../figures.mjs'
import { report } from '../report.mjs'
import { completion } from './completion.mjs'
import { editors, pathEditor, projects, routes } from './projects.mjs'

const bench = fileURLToPath(new URL('..', import.meta.url))
const { quick, ...sizes } = options({ rounds: [7, 3], completions: [21, 9] })
const tsc = join(bench, 'node_modules/typescript/bin/tsc')

const config = (extra) =>
  JSON.stringify({
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      ...extra.compilerOptions,
    },
    include: extra.include,
  })

const work = mkdtempSync(join(tmpdir(), 'myfy-bench-client-'))
const write = (path, text) => {
  mkdirSync(dirname(join(work, path)), { recursive: true })
  writeFileSync(join(work, path), text)
}

/** Runs tsc; returns the processor time in seconds. */
function compile(project) {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$1" -p "$2"'
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, tsc, project], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`tsc -p ${project} ended with ${status}\n${stdout}${stderr}`)
  const [user, system] = stderr.trim().split(/\s+/).map(Number)
  return user + system
}

const names = Object.keys(projects)
const results = new Map(names.map((name) => [name, { client: [], server: [] }]))
try {
  mkdirSync(join(work, 'node_modules'))
  for (const name of ['zod', 'hono', '@trpc', '@types'])
    symlinkSync(join(bench, 'node_modules', name), join(work, 'node_modules', name))
  mkdirSync(join(work, 'node_modules/@myfy'))
  for (const name of ['di', 'core', 'web'])
    symlinkSync(join(bench, '../packages', name), join(work, 'node_modules/@myfy', name))
  write('package.json', '{ "type": "module" }')
  for (const name of names) {
    const at = name.replace(/\W/g, '')
    for (const [path, text] of Object.entries(projects[name])) write(`${at}/src/${path}`, text)
    const out = {
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: 'src/server',
      outDir: 'types/server',
    }
    write(`${at}/tsconfig.server.json`, config({ compilerOptions: out, include: ['src/server'] }))
    compile(join(work, at, 'tsconfig.server.json'))
    // The client of another package: it sees the declarations of the server only.
    for (const [path, text] of Object.entries(projects[name]))
      if (path.startsWith('client/')) write(`${at}/types/${path}`, text)
    write(
      `${at}/tsconfig.client.json`,
      config({ compilerOptions: { noEmit: true }, include: ['types/client'] }),
    )
    // The same imports, and no call.
    const imports = Object.entries(projects[name])
      .filter(([path]) => path.startsWith('client/'))
      .map(([, text]) => text.slice(0, text.indexOf('\n')))
    write(`${at}/types/empty/index.ts`, `${[...new Set(imports)].join('\n')}\nimport 'zod'\nexport {}\n`)
    write(
      `${at}/tsconfig.empty.json`,
      config({ compilerOptions: { noEmit: true }, include: ['types/empty'] }),
    )
  }
  for (const round of rounds(sizes.rounds, quick)) {
    for (const name of rotated(names, round)) {
      const at = join(work, name.replace(/\W/g, ''))
      const empty = compile(join(at, 'tsconfig.empty.json'))
      results.get(name).client.push(compile(join(at, 'tsconfig.client.json')) - empty)
      results.get(name).server.push(compile(join(at, 'tsconfig.server.json')) - empty)
    }
  }
  for (const name of names) {
    const at = `${name.replace(/\W/g, '')}/types/editor`
    write(`${at}/tsconfig.json`, config({ compilerOptions: { noEmit: true }, include: ['.'] }))
    write(`${at}/index.ts`, editors[name].replace('|', ''))
    const { ms, labels } = await completion(join(work, at, 'index.ts'), editors[name], {
      rounds: sizes.completions,
    })
    if (!labels.includes('field0_1')) throw new Error(`${name} completes ${labels.slice(0, 5).join(', ')}`)
    results.get(name).completion = ms
  }
  const all = 'myfy/types/editor/index.ts'
  write(all, pathEditor.replace('|', ''))
  const paths = await completion(join(work, all), pathEditor, { rounds: sizes.completions })
  if (paths.labels.length < routes / 2) throw new Error(`only ${paths.labels.length} paths are completed`)
  results.get('myfy').paths = paths.ms
  const entries = {
    myfy: `import { createClient } from '@myfy/web/client'; globalThis.api = createClient('/')`,
    'Hono RPC': `import { hc } from 'hono/client'; globalThis.api = hc('/')`,
    tRPC: `import { createTRPCClient, httpLink } from '@trpc/client'; globalThis.api = createTRPCClient({ links: [httpLink({ url: '/' })] })`,
  }
  for (const name of names) {
    const { outputFiles } = await build({
      stdin: { contents: entries[name], resolveDir: work },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      preserveSymlinks: false,
    })
    results.get(name).size = gzipSync(outputFiles[0].contents).byteLength
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

const time = (name, part) => median(results.get(name)[part])
const peers = (of) => Object.fromEntries(names.slice(1).map((name) => [name, of(name)]))
report({
  name: 'client',
  title: 'typed client',
  quick,
  packages: ['typescript', 'hono', '@trpc/client', '@trpc/server', 'zod', 'esbuild'],
  columns: [
    '',
    `client of ${routes} routes, s`,
    `server of ${routes} routes, s`,
    'browser, bytes',
    'completion, ms',
  ],
  rows: names.map((name) => [
    name === 'myfy' ? '**myfy**' : name,
    time(name, 'client').toFixed(2),
    time(name, 'server').toFixed(2),
    String(results.get(name).size),
    results.get(name).completion.toFixed(0),
  ]),
  notes: [
    `Processor time of tsc 7, less that of a project with the same imports and no route; median of ${results.get('myfy').client.length} rounds. The client calls every route of 50 groups, and reads a field of each answer; it sees the declarations that tsc has written for the server. The browser bundle is minified by esbuild, with gzip. Completion: of a field of an answer, by the client of one of the 50 groups, processor time of the language server of tsc 7 after each of ${sizes.completions} edits; in one client for all ${routes} routes, myfy completes a path in ${results.get('myfy').paths.toFixed(0)} ms.`,
  ],
  standing: [
    {
      what: `compile time of a client of ${routes} routes`,
      unit: 's',
      better: 'lower',
      target: 0.5,
      ours: time('myfy', 'client'),
      peers: peers((name) => time(name, 'client')),
    },
    {
      what: 'completion of a field of an answer',
      unit: 'ms',
      better: 'lower',
      target: 100,
      ours: results.get('myfy').completion,
      peers: peers((name) => results.get(name).completion),
    },
    {
      what: `completion of a path in one client for ${routes} routes`,
      unit: 'ms',
      better: 'lower',
      target: 100,
      ours: results.get('myfy').paths,
      peers: {},
    },
    {
      what: 'size of the client in a browser',
      unit: 'kB',
      better: 'lower',
      target: 2.048,
      ours: results.get('myfy').size / 1000,
      peers: peers((name) => results.get(name).size / 1000),
    },
  ],
})
