// Files that the application itself writes, and those that an author saves as quickly.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code of the application is written by templates

import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { SupervisorOptions } from '../../src/index.ts'
import { application, superviseProject } from '../supervised-process.ts'

/** The ways to write a file; `file` and `text` are expressions. */
const WRITERS = {
  writeFileSync: (file: string, text: string) => `fs.writeFileSync(${file}, ${text})`,
  'fs.promises': (file: string, text: string) => `await fs.promises.writeFile(${file}, ${text})`,
  'a stream': (file: string, text: string) => `fs.createWriteStream(${file}).end(${text})`,
  'a rename': (file: string, text: string) =>
    `fs.writeFileSync(${file} + '.new', ${text}); fs.renameSync(${file} + '.new', ${file})`,
  'an open file': (file: string, text: string) =>
    `{ const handle = await open(${file}, 'w'); await handle.writeFile(${text}); await handle.close() }`,
  'a command': (file: string, text: string) =>
    `execFileSync('sh', ['-c', 'cat > "$0"', ${file}], { input: ${text} })`,
  'a child process': (file: string, text: string) =>
    `execFile('sh', ['-c', 'printf %s "$1" > "$0"', ${file}, ${text}])`,
  'a child process that takes its time': (file: string, text: string) =>
    `execFile('sh', ['-c', 'sleep 0.3; printf %s "$1" > "$0.new"; mv "$0.new" "$0"', ${file}, ${text}])`,
}

/** The moments at which an application writes. */
const MOMENTS = {
  'at its import': (code: string) => code,
  'in a start hook': (code: string) => `app.addModule({ name: 'writer', async start() { ${code} } })`,
  '30 ms after it is ready': (code: string) =>
    `app.on('ready', () => void setTimeout(async () => { ${code} }, 30))`,
}

/** The files that make an application start again, with the content that a writer gives them. */
const TARGETS = {
  'a module': { file: 'generated.ts', text: '`export const version = ${stamp}\\n`' },
  'the environment': { file: '.env', text: '`STAMP=${stamp}\\n`' },
  'a watched file': { file: 'config/app.yaml', text: '`stamp: ${stamp}\\n`' },
  'a file that Node requires': {
    file: 'required.cjs',
    text: '`module.exports = ${stamp}\\n`',
  },
} as const

interface Loop {
  readonly writer?: keyof typeof WRITERS
  readonly moment: keyof typeof MOMENTS
  readonly target?: keyof typeof TARGETS
  /** The expression that differs, or does not, from start to start. */
  readonly stamp?: string
}

const files =
  ({
    writer = 'writeFileSync',
    moment,
    target = 'a module',
    stamp = 'Date.now() + process.hrtime()[1]',
  }: Loop) =>
  (port: number): Record<string, string> => {
    const { file, text } = TARGETS[target]
    const code = `const stamp = ${stamp}; ${WRITERS[writer](`path.resolve('${file}')`, text)}`
    const { 'app.ts': app, ...others } = application(port)
    return {
      ...others,
      'generated.ts': 'export const version = 0\n',
      'required.cjs': 'module.exports = 0\n',
      'config/app.yaml': 'stamp: 0\n',
      'app.ts': `
import { execFile, execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { version } from './generated.ts'
createRequire(import.meta.url)('./required.cjs')
void [version, execFile, execFileSync, open]
${app}
${MOMENTS[moment](code)}
`,
    }
  }

/** An application that writes is named with its file; then it reloads for saves, and the loop does not begin again. */
async function isNamed(loop: Loop, options: Partial<SupervisorOptions>): Promise<void> {
  const app = await superviseProject(files(loop), options)
  const { file } = TARGETS[loop.target ?? 'a module']
  expect(await app.next('warning', 100_000), JSON.stringify(loop)).toMatchObject({
    code: 'MYFY_RELOAD_LOOP',
    message: expect.stringMatching(new RegExp(`${file}.*Write it only if its content differs`)),
  })
  const before = app.count('ready')
  for (const version of ['two', 'three']) {
    app.project.write({ 'message.ts': `export const message: string = '${version}'\n` })
    await app.until(version)
  }
  // One reload for each save, and at most one for what its start writes.
  expect(app.count('ready') - before, JSON.stringify(loop)).toBeLessThanOrEqual(4)
  expect(app.count('warning'), JSON.stringify(loop)).toBe(1)
}

/** The loops of one test run side by side, because they wait most of the time. Polling differs in what it watches only. */
function loops(polls: boolean): Array<[targets: string, moments: string, loops: Loop[]]> {
  const [module, ...others] = Object.keys(TARGETS) as Array<keyof typeof TARGETS>
  const moments = Object.keys(MOMENTS) as Array<keyof typeof MOMENTS>
  const late = moments.slice(-1)
  const product = (targets: readonly (keyof typeof TARGETS)[], at: readonly (keyof typeof MOMENTS)[]) =>
    [
      targets.join(', '),
      at.join(', '),
      targets.flatMap((target) => at.map((moment) => ({ target, moment }))),
    ] as [string, string, Loop[]]
  if (process.env.MYFY_HEAVY) return [module!, ...others].map((target) => product([target], moments))
  return polls
    ? [product([module!, 'the environment'], late)]
    : [product([module!], moments), product(others, late)]
}

describe.each([
  ['events', { poll: undefined }],
  ['polling', { poll: 20 }],
])('with %s', (_, watching) => {
  test.each(loops(watching.poll !== undefined))(
    '%s that the application writes at each start %s is named, and the reloads end until the next save',
    async (_targets, _moments, several) => {
      await Promise.all(several.map((loop) => isNamed(loop, { ...watching, watch: ['config'] })))
    },
    120_000,
  )

  test('a file that each start writes with the same content causes one reload', async () => {
    const loop = files({ moment: '30 ms after it is ready', stamp: '1' })
    const app = await superviseProject(loop, watching)
    expect(await app.next('ready')).toMatchObject({ kind: 'start' })
    expect(await app.next('ready')).toMatchObject({ kind: 'swap' })
    app.project.write({ 'message.ts': `export const message: string = 'two'\n` })
    expect(await app.next('ready')).toMatchObject({ files: [app.project.file('message.ts')] })
    app.project.write({ 'message.ts': `export const message: string = 'three'\n` })
    expect(await app.next('ready')).toMatchObject({ files: [app.project.file('message.ts')] })
  })

  test('thirty quick saves of an author are served, the last one as well', async () => {
    const app = await superviseProject(application, watching)
    await app.next('ready')
    for (let save = 1; save <= 30; save++) {
      app.project.write({ 'message.ts': `export const message: string = 'save ${save};'\n` })
      await pause(save % 3 === 0 ? 0 : 60)
    }
    expect(await app.until('save 30;')).toBeLessThan(5_000)
    expect(app.count('warning')).toBe(0)
  })
})

test('a module that the application writes is named in whichever way it writes', async () => {
  const writers = (Object.keys(WRITERS) as Array<keyof typeof WRITERS>).slice(1)
  await Promise.all(writers.map((writer) => isNamed({ moment: '30 ms after it is ready', writer }, {})))
}, 120_000)

test('thirty saves, each as soon as the former one serves, are served beside a child process', async () => {
  const app = await superviseProject((port) => {
    const { 'app.ts': entry, ...others } = application(port)
    const child = `import { spawn } from 'node:child_process'\nconst own = globalThis as { child?: unknown }\nown.child ??= spawn('sleep', ['60'])\n`
    return { ...others, 'app.ts': `${child}${entry}` }
  })
  await app.next('ready')
  for (let save = 1; save <= 30; save++) {
    app.project.write({ 'message.ts': `export const message: string = 'save ${save};'\n` })
    await app.until(`save ${save};`)
  }
  expect(app.count('warning')).toBe(0)
})

/** What an application starts at each start, besides itself. */
const CHILDREN = {
  'a child that stays and writes nothing': `spawn('sleep', ['60'])`,
  'a child that stays and writes elsewhere': `spawn('sh', ['-c', 'for i in 1 2 3 4 5; do echo $i > other.log; sleep 0.3; done'])`,
  'a child that writes elsewhere and ends': `spawn('sh', ['-c', 'echo 1 > other.log'])`,
  'a command that ends': `execFileSync('date')`,
}
type Child = keyof typeof CHILDREN

/** An author saves again and again, each time as soon as the former version serves. */
async function isServed(child: Child, moment: keyof typeof MOMENTS, saves: number): Promise<void> {
  const app = await superviseProject((port) => {
    const { 'app.ts': entry, ...others } = application(port)
    const imports = `import { execFileSync, spawn } from 'node:child_process'\nvoid [execFileSync, spawn]\n`
    return { ...others, 'app.ts': `${imports}${entry}${MOMENTS[moment](CHILDREN[child])}\n` }
  })
  await app.next('ready')
  for (let save = 1; save <= saves; save++) {
    app.project.write({ 'message.ts': `export const message: string = 'save ${save};'\n` })
    await app.until(`save ${save};`)
  }
  expect(app.count('warning'), `${child} ${moment}`).toBe(0)
}

test.each(['at its import', '30 ms after it is ready'] as const)(
  'twenty-five saves are served beside each kind of child that starts %s',
  async (moment) => {
    await Promise.all((Object.keys(CHILDREN) as Child[]).map((child) => isServed(child, moment, 25)))
  },
  120_000,
)

test('any number of saves is served beside a command that each start runs', async () => {
  await isServed('a command that ends', 'at its import', 60)
}, 120_000)

test('an application that writes an imported file and fails tells its failure', async () => {
  const app = await superviseProject((port) => {
    const { 'app.ts': entry, ...others } = files({ moment: 'at its import' })(port)
    return { ...others, 'app.ts': `${entry}\nthrow new Error('not today')` }
  })
  const { problem } = await app.next('failed')
  expect(problem.message).toContain('not today')
}, 90_000)
