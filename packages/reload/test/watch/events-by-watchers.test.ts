// What happens to files × how it is noticed, in a supervisor that serves an application of these files.

import { execFileSync } from 'node:child_process'
import { renameSync, symlinkSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { application, type Supervised, superviseGroup } from '../supervised-process.ts'

/** A folder of the application, which exports a text that is served. */
interface Place {
  /** The source of a module that exports a text. */
  says(text: string): string
  write(files: Record<string, string>): void
  remove(name: string): void
  rename(from: string, to: string): void
  link(target: string, name: string): void
  /** Resolves when the application serves this text. */
  serves(text: string): Promise<void>
  /** Does something that the application does not survive, and resolves when that is reported. */
  fails(change: () => void): Promise<void>
}

const half = (text: string) => `export { text } from './${text}'\n`
const numbers = Array.from({ length: 500 }, (_, index) => index)
const parts = (folder: string, value: number) =>
  Object.fromEntries(
    numbers.map((number) => [`${folder}/${number % 10}/part${number}.ts`, `export default ${value}\n`]),
  )
const sum = (place: string, folder: string) =>
  `${numbers.map((n) => `import p${n} from './${folder}/${n % 10}/part${n}.ts'`).join('\n')}
export const text = '${place} sum ' + (${numbers.map((n) => `p${n}`).join('+')}) + ';'\n`
/** The text of a module that names the files of a folder with what they contain. */
const listing = (place: string) => `import { readdirSync, readFileSync } from 'node:fs'
const folder = new URL('./views/', import.meta.url)
export const text = '${place} ' + readdirSync(folder).map((name) => name + readFileSync(new URL(name, folder))).join() + ';'\n`

/** What happens. `text.ts` of the place says 'one' before, and is saved in the ordinary way afterwards. */
const events: Array<[name: string, happen: (place: Place, name: string) => Promise<void>]> = [
  [
    'a file is changed',
    async ({ says, write, serves }) => {
      write({ 'text.ts': says('changed') })
      await serves('changed')
    },
  ],
  [
    'a file is replaced by renaming',
    async ({ says, write, rename, serves }) => {
      write({ 'text.tmp': says('renamed') })
      rename('text.tmp', 'text.ts')
      await serves('renamed')
    },
  ],
  [
    'a file is removed and created again',
    async ({ says, write, remove, fails, serves }) => {
      await fails(() => remove('text.ts'))
      write({ 'text.ts': says('created') })
      await serves('created')
    },
  ],
  [
    'a file is created that was missing',
    async ({ says, write, fails, serves }) => {
      await fails(() => write({ 'text.ts': half('later.ts') }))
      write({ 'later.ts': says('later') })
      await serves('later')
      write({ 'later.ts': says('later still') })
      await serves('later still')
    },
  ],
  [
    'a file is created that was missing with its folders',
    async ({ says, write, fails, serves }) => {
      await fails(() => write({ 'text.ts': half('lib/deep/later.ts') }))
      write({ 'lib/deep/later.ts': says('deep') })
      await serves('deep')
      write({ 'lib/deep/later.ts': says('deeper') })
      await serves('deeper')
    },
  ],
  [
    'a file is created that an import prefers',
    async ({ says, write, serves }) => {
      write({ 'part/index.ts': says('index'), 'text.ts': `export { text } from './part'\n` })
      await serves('index')
      write({ 'part/index.ts': says('index saved') })
      await serves('index saved')
    },
  ],
  [
    'a folder is removed and made again',
    async ({ says, write, remove, fails, serves }) => {
      write({ 'dist/text.ts': says('in dist'), 'text.ts': half('dist/text.ts') })
      await serves('in dist')
      await fails(() => remove('dist'))
      write({ 'dist/text.ts': says('made again') })
      await serves('made again')
      remove('dist')
      write({ 'dist/text.ts': says('made again at once') })
      await serves('made again at once')
      write({ 'dist/text.ts': says('and saved') })
      await serves('and saved')
    },
  ],
  [
    'a folder is moved away and comes back with another content',
    async ({ says, write, rename, fails, serves }) => {
      write({ 'lib/in/text.ts': says('in lib'), 'text.ts': half('lib/in/text.ts') })
      await serves('in lib')
      await fails(() => rename('lib', 'away'))
      write({ 'away/in/text.ts': says('changed while away') })
      rename('away', 'lib')
      await serves('changed while away')
      write({ 'lib/in/text.ts': says('at home') })
      await serves('at home')
    },
  ],
  [
    'a folder is replaced by another one',
    async ({ says, write, rename, serves }) => {
      write({ 'lib/text.ts': says('first'), 'text.ts': half('lib/text.ts') })
      await serves('first')
      write({ 'next/text.ts': says('second') })
      rename('lib', 'former')
      rename('next', 'lib')
      await serves('second')
      write({ 'lib/text.ts': says('third') })
      await serves('third')
    },
  ],
  [
    'a file becomes a link, which is set to another target, which is changed',
    async ({ says, write, rename, link, serves }) => {
      write({ 'targets/a.ts': says('target a'), 'targets/b.ts': says('target b') })
      link('targets/a.ts', 'next')
      rename('next', 'text.ts')
      await serves('target a')
      link('targets/b.ts', 'next')
      rename('next', 'text.ts')
      await serves('target b')
      write({ 'targets/b.ts': says('target b changed') })
      await serves('target b changed')
    },
  ],
  [
    'a link to a folder is set to another target, which is changed',
    async ({ says, write, rename, link, serves }) => {
      write({ 'releases/1/text.ts': says('release 1'), 'releases/2/text.ts': says('release 2') })
      link('releases/1', 'current')
      write({ 'text.ts': half('current/text.ts') })
      await serves('release 1')
      link('releases/2', 'next')
      rename('next', 'current')
      await serves('release 2')
      write({ 'releases/2/text.ts': says('release 2 changed') })
      await serves('release 2 changed')
    },
  ],
  [
    '500 files are created, and changed at once',
    async ({ write, serves }, name) => {
      write({ ...parts('parts', 1), 'text.ts': sum(name, 'parts') })
      await serves('sum 500')
      write(parts('parts', 2))
      await serves('sum 1000')
    },
  ],
  [
    'files of --watch are created, changed and removed',
    async ({ write, remove, serves }, name) => {
      write({ 'views/a.html': '1', 'text.ts': listing(name) })
      await serves('a.html1')
      write({ 'views/a.html': '2', 'views/b.html': '1' })
      await serves('a.html2,b.html1')
      remove('views/a.html')
      await serves('b.html1')
    },
  ],
]

/** A user namespace has limits of its own, so that nothing outside of it is touched. */
const refusing = (limit: string, value: number) => ({
  command: ['unshare', '-Ur', 'sh', '-c', `echo ${value} > /proc/sys/user/${limit}; exec "$0" "$@"`],
})
const watchers: Array<[name: string, options: Parameters<typeof superviseGroup>[1]]> = [
  ['events', {}],
  ['polling', { poll: 20 }],
  ['no watches left', refusing('max_inotify_watches', 0)],
  // Every place has a folder of its own: it is reached in the middle.
  ['watches that run out later', refusing('max_inotify_watches', events.length + 5)],
]
// The same fallback, by the other limit.
if (process.env.MYFY_HEAVY) watchers.push(['no instances left', refusing('max_inotify_instances', 0)])

const canUnshare = (() => {
  try {
    const [unshare, ...words] = refusing('max_inotify_watches', 0).command
    execFileSync(unshare!, [...words, 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const places = events.map((_, index) => `place${index}`)
const source = (place: string, text: string) => `export const text: string = '${place} ${text};'\n`
const files = (port: number) => ({
  ...application(port),
  'other/views/c.html': '',
  ...Object.fromEntries(places.map((place) => [`${place}/text.ts`, source(place, 'one')])),
  'message.ts': `${places.map((place) => `import { text as ${place} } from './${place}/text.ts'`).join('\n')}
export const message = [${places.join()}].join('')\n`,
})

function placeIn({ project, until, count }: Supervised, place: string): Place {
  const at = (name: string) => `${place}/${name}`
  const file = (name: string) => project.file(at(name))
  return {
    says: (text) => source(place, text),
    write: (more) =>
      project.write(Object.fromEntries(Object.entries(more).map(([name, text]) => [at(name), text]))),
    remove: (name) => project.remove(at(name)),
    rename: (from, to) => renameSync(file(from), file(to)),
    link: (target, name) => symlinkSync(target, file(name)),
    serves: async (text) => void (await until(`${place} ${text};`)),
    async fails(change) {
      const before = count('failed')
      change()
      await expect.poll(() => count('failed'), { timeout: 20_000 }).toBeGreaterThan(before)
    },
  }
}

describe.each(watchers)('with %s', (_, options) => {
  let app: Supervised
  beforeAll(async () => {
    if (options?.command && !canUnshare) return
    const [started, end] = await superviseGroup(files, { ...options, watch: ['*/views/**'] })
    app = started
    await app.next('ready')
    return end
  })

  test
    .skipIf(options?.command && !canUnshare)
    .each(events.map((event, index) => [...event, places[index]!] as const))(
    '%s: it is served, and so are the next saves',
    async (_, happen, place) => {
      const there = placeIn(app, place)
      await happen(there, place)
      for (const text of ['saved', 'saved again']) {
        there.write({ 'text.ts': there.says(text) })
        await there.serves(text)
      }
    },
  )

  test.skipIf(!options?.command || !canUnshare)('tells once that it polls, and why', () => {
    expect(app.count('warning')).toBe(1)
    expect(app.output()).toMatch(/limit fs\.inotify\.max_user_(watches|instances) is reached/)
  })
})
