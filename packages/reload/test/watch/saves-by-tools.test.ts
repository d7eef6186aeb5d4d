// Files as editors and tools save them × how it is noticed, in a supervisor that is asked all the time.

import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { application, request, type Supervised, superviseGroup } from '../supervised-process.ts'

const workspace = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
const says = (text: string) => `export const text: string = '${text};'\n`

/** A way to save. It begins and ends with the files of {@link initial}, except for their contents. */
interface Way {
  readonly name: string
  /** Saves in this way. The text is served in the end. */
  save(app: Supervised, text: string): void | Promise<void>
  /** The number of reloads that a save may cause. Default: 1. */
  readonly reloads?: number | [least: number, most: number]
  /** Set if the files pass through states that do not load. */
  readonly breaks?: boolean
}

const vim = (file: string, text: string, options: string) =>
  execFileSync('vim', [
    '-u',
    'NONE',
    '-es',
    '-c',
    `set ${options}`,
    '-c',
    `%s/'.*;'/'${text};'/`,
    '-c',
    'wq',
    file,
  ])
const hasVim = (() => {
  try {
    return execFileSync('vim', ['--version']).length > 0
  } catch {
    return false
  }
})()

function git({ project }: Supervised, ...words: string[]): void {
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'core.hooksPath=/dev/null']
  execFileSync('git', [...author, ...words], { cwd: project.root, stdio: 'pipe' })
}

const numbers = Array.from({ length: 200 }, (_, index) => index)
const parts = (value: number) =>
  Object.fromEntries(numbers.map((n) => [`parts/${n % 7}/part${n}.ts`, `export default ${value}\n`]))
const sum = `${numbers.map((n) => `import p${n} from './${n % 7}/part${n}.ts'`).join('\n')}
export const sum = ${numbers.map((n) => `p${n}`).join('+')}\n`

const ways: Way[] = [
  { name: 'in place', save: ({ project }, text) => project.write({ 'text.ts': says(text) }) },
  ...(hasVim
    ? ['backupcopy=no writebackup', 'backupcopy=no backup writebackup', 'backupcopy=yes writebackup']
    : []
  ).map(
    (options): Way => ({
      name: `vim with ${options}`,
      save: ({ project }, text) => void vim(project.file('text.ts'), text, options),
    }),
  ),
  {
    name: 'a temporary file that is renamed, as VS Code',
    save({ project }, text) {
      project.write({ 'text.ts.vsctmp': says(text) })
      renameSync(project.file('text.ts.vsctmp'), project.file('text.ts'))
    },
  },
  {
    name: 'a file that is moved away while the new one comes, as JetBrains',
    save({ project: { write, file } }, text) {
      write({ 'text.ts___jb_tmp___': says(text) })
      renameSync(file('text.ts'), file('text.ts___jb_old___'))
      renameSync(file('text.ts___jb_tmp___'), file('text.ts'))
      rmSync(file('text.ts___jb_old___'))
    },
  },
  {
    name: 'sed -i',
    save: ({ project }, text) =>
      void execFileSync('sed', ['-i', `s/'.*;'/'${text};'/`, project.file('text.ts')]),
  },
  {
    name: 'the same content and another time first',
    save({ project: { write, file } }, text) {
      const before = readFileSync(file('text.ts'), 'utf8')
      write({ 'text.ts': before })
      utimesSync(file('text.ts'), new Date(), new Date())
      write({ 'text.ts': says(text) })
    },
    // The first save is inspected at once, the next one with its burst.
    reloads: 1,
  },
  {
    name: 'a file that moves to another folder together with its importers',
    async save({ project: { write, file }, until }, text) {
      write({ 'lib/one/moved.ts': `export { text } from '../../text.ts'\n` })
      write({ 'entry.ts': `export { text } from './lib/one/moved.ts'\n`, 'text.ts': says(`${text} before`) })
      await until(`${text} before;`)
      write({ 'lib/two/other.ts': '' })
      renameSync(file('lib/one/moved.ts'), file('lib/two/moved.ts'))
      write({ 'entry.ts': `export { text } from './lib/two/moved.ts'\n`, 'text.ts': says(text) })
    },
    reloads: [2, 3],
  },
  {
    name: 'a rename that changes the case alone',
    async save({ project: { write, file }, until }, text) {
      write({ 'lib/case.ts': `export { text } from '../text.ts'\n` })
      write({ 'entry.ts': `export { text } from './lib/case.ts'\n`, 'text.ts': says(`${text} before`) })
      await until(`${text} before;`)
      renameSync(file('lib/case.ts'), file('lib/Case.ts'))
      write({ 'entry.ts': `export { text } from './lib/Case.ts'\n`, 'text.ts': says(text) })
    },
    reloads: [1, 3],
  },
  {
    name: 'git checkout of a branch that differs in 200 files',
    save(app, text) {
      git(app, 'checkout', '-q', '-b', text)
      app.project.write({ ...parts(text.length), 'text.ts': says(text) })
      git(app, 'commit', '-qam', text)
      git(app, 'checkout', '-q', 'main')
      git(app, 'checkout', '-q', text)
      git(app, 'checkout', '-q', 'main')
      git(app, 'merge', '-q', text)
    },
    reloads: [1, 6],
  },
  {
    name: 'git stash, and its return',
    async save(app, text) {
      app.project.write({ 'text.ts': says(text) })
      await app.until(`${text};`)
      git(app, 'stash', '-q')
      await app.until('main;')
      git(app, 'stash', 'pop', '-q')
    },
    reloads: 3,
  },
  {
    name: 'git rebase over a commit that does not load',
    save(app, text) {
      const commit = (content: string, name: string) => {
        app.project.write({ [name]: content })
        git(app, 'add', '-A')
        git(app, 'commit', '-qm', name)
      }
      git(app, 'checkout', '-q', '-b', 'feature')
      commit('export const text = {{', 'text.ts')
      commit(says(text), 'text.ts')
      git(app, 'checkout', '-q', 'main')
      commit('1', 'other.txt')
      git(app, 'checkout', '-q', 'feature')
      git(app, 'rebase', '-q', 'main')
    },
    reloads: [1, 8],
    breaks: true,
  },
  {
    name: '.env that is renamed, with a source',
    save({ project }, text) {
      project.replace({ 'text.ts': says(text), '.env': `TEXT=${text}\n` })
    },
    reloads: [1, 2],
  },
  {
    name: 'a tsconfig.json that is broken first',
    async save({ project, next, until }, text) {
      project.write({ 'tsconfig.json': '{ "compilerOptions": {' })
      await next('failed')
      project.write({
        'tsconfig.json': '{ "compilerOptions": { "target": "es2022" } }',
        'text.ts': says(text),
      })
      await until(`${text};`)
    },
    reloads: [1, 2],
    breaks: true,
  },
]

const initial = {
  'entry.ts': `export { text } from './text.ts'\n`,
  'text.ts': says('main'),
  'parts/sum.ts': sum,
  ...parts(1),
  'marker.ts': '',
  '.gitignore': 'node_modules\nmarker.ts\n',
}
const files = (port: number) => ({
  ...application(port),
  ...initial,
  'message.ts': `import { text } from './entry.ts'\nimport { sum } from './parts/sum.ts'\nimport './marker.ts'\nexport const message = text + sum\n`,
})

let marks = 0
/** Saves another file, and returns where in the output its line stands: the lines of former saves stand before. */
async function mark({ project, printed, output }: Supervised): Promise<number> {
  const text = `mark ${++marks}`
  const from = output().length
  project.write({ 'marker.ts': `console.log('${text}')\n` })
  await expect.poll(() => /reloaded .*marker\.ts/.test(output().slice(from)), { timeout: 20_000 }).toBe(true)
  await printed(text)
  return output().length
}

/**
 * Asks again and again, on new connections and on one that stays. Returns what ends it with the failures. A kept connection
 * may be closed while a request is on its way: a client asks again then (RFC 9112, 9.3.1).
 */
function ask(port: number): () => Promise<string[]> {
  const failures: string[] = []
  let isOver = false
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const client = async (agent?: http.Agent) => {
    const once = () =>
      request(port, '/', {}, agent).catch((error: Error) => ({ status: 0, body: `${error}` }))
    while (!isOver) {
      let answer = await once()
      if (answer.status === 0 && agent) answer = await once()
      if (answer.status !== 200) failures.push(`${answer.status} ${answer.body}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const clients = [client(), client(agent)]
  return async () => {
    isOver = true
    await Promise.all(clients)
    agent.destroy()
    return failures
  }
}

describe.each([
  ['events', {}],
  ['polling', { poll: 20 }],
])('with %s', (watching, options) => {
  let app: Supervised
  let stopAsking: () => Promise<string[]>
  beforeAll(async () => {
    const [started, end] = await superviseGroup(files, {
      ...options,
      prepare: ({ root }) => {
        const run = (...words: string[]) => execFileSync('git', words, { cwd: root, stdio: 'pipe' })
        run('init', '-q', '-b', 'main')
        run('add', '-A')
        run('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'main')
      },
    })
    app = started
    await app.next('ready')
    stopAsking = ask(app.port)
    return async () => {
      await stopAsking()
      await end()
    }
  })

  test.each(ways.map((way, index) => [way.name, way, index] as const))(
    'a save by %s is served with one line, and no request is lost',
    async (_, way, index) => {
      // Each way begins on the same branch, with nothing else changed.
      git(app, 'checkout', '-qf', 'main')
      git(app, 'reset', '-q', '--hard', 'HEAD')
      app.project.write({ 'entry.ts': initial['entry.ts'], 'text.ts': says('main') })
      git(app, 'add', '-A')
      git(app, 'commit', '-q', '--allow-empty', '-m', 'begin')
      await app.until('main;')
      const { failed, from } = { failed: app.count('failed'), from: await mark(app) }
      await way.save(app, `way${index}${watching}`)
      await app.until(`way${index}${watching};`)
      const [least, most] =
        typeof way.reloads === 'object' ? way.reloads : [way.reloads ?? 1, way.reloads ?? 1]
      const lines = () =>
        app
          .output()
          .slice(from)
          .match(/reloaded (?!.*marker).*/g) ?? []
      await expect.poll(() => lines().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(least)
      await mark(app)
      expect(lines().length, lines().join('\n')).toBeLessThanOrEqual(most)
      if (!way.breaks) expect(app.count('failed')).toBe(failed)
    },
  )

  test('no request was lost', async () => {
    expect(await stopAsking()).toEqual([])
  })
})

test('a package of the workspace that tsc --watch compiles is served', async () => {
  const [app, end] = await superviseGroup(
    (port) => ({
      ...application(port),
      'message.ts': `export { text as message } from 'lib'\n`,
      'packages/lib/package.json': '{ "name": "lib", "type": "module", "exports": "./dist/index.js" }',
      'packages/lib/tsconfig.json': JSON.stringify({
        compilerOptions: {
          outDir: 'dist',
          rootDir: 'src',
          module: 'nodenext',
          target: 'es2022',
          types: [],
          declaration: true,
        },
        include: ['src'],
      }),
      'packages/lib/src/index.ts': `export { text } from './text.js'\n`,
      'packages/lib/src/text.ts': says('zero'),
      'packages/lib/dist/index.js': `export { text } from './text.js'\n`,
      'packages/lib/dist/text.js': `export const text = 'zero;'\n`,
    }),
    {
      prepare: ({ file, write }) => {
        write({ 'node_modules/.keep': '' })
        symlinkSync('../packages/lib', file('node_modules/lib'))
      },
    },
  )
  onTestFinished(end)
  await app.next('ready')
  const stopAsking = ask(app.port)
  const tsc = path.join(workspace, 'typescript/bin/tsc')
  const compiler = spawn(process.execPath, [tsc, '--watch', '--preserveWatchOutput', '-p', 'packages/lib'], {
    cwd: app.project.root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void compiler.kill('SIGKILL'))
  let output = ''
  compiler.stdout.on('data', (text) => {
    output += text
  })
  await expect.poll(() => output, { timeout: 90_000 }).toContain('Watching for file changes')
  for (const text of ['one', 'two', 'three']) {
    writeFileSync(app.project.file('packages/lib/src/text.ts'), says(text))
    await app.until(`${text};`)
  }
  expect(await stopAsking()).toEqual([])
  expect(app.count('failed')).toBe(0)
}, 180_000)
