import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { myfy, project, type Result } from '../project.ts'

// A database that cannot be reached: a start of the module leaves a file and fails.
const files = {
  '.env': 'DATABASE_URL=postgres://user:secret@127.0.0.1:1/nothing\n',
  'src/app.ts': `
import { appendFileSync } from 'node:fs'
import { connect } from 'node:net'
import { Application, BaseModule, defineSettings } from '@myfy/core'
import type { Container } from '@myfy/di'
import { defineRoutes, WebModule } from '@myfy/web'
import { z } from 'zod'

class Database { url: string; constructor(url: string) { this.url = url } }
class Session {}
export const Settings = defineSettings(z.object({ databaseUrl: z.string(), port: z.number().default(8000) }), { name: 'Settings' })

class DataModule extends BaseModule {
  override name = 'data'
  override configure(container: Container) {
    console.log('configuring')
    container.register(Database, { inject: [Settings], factory: (settings) => new Database(settings.databaseUrl) })
    container.register(Session, { scope: 'request', inject: [Database], factory: () => new Session() })
  }
  override async start() {
    appendFileSync('started', 'start ')
    await new Promise((_, fail) => connect(1, '127.0.0.1').on('error', fail))
  }
}
class CacheModule extends BaseModule {
  override name = 'cache'
  override requires = [DataModule]
  override startTimeout = 5000
  override start() { appendFileSync('started', 'start ') }
}
const users = defineRoutes('/users', (route) => {
  route.get('/:id', { summary: 'Read a user', inject: { session: Session } }, ({ session }) => session)
})
export const app = new Application({ settings: Settings, onStartup: [function warmUp() { appendFileSync('started', 'hook ') }], shutdown: { drain: 20_000 } })
  .addModule(new DataModule())
  .addModule(new CacheModule())
  .addModule(new WebModule({ routes: [users], port: 0 }))
`,
}

describe('an inspected application', () => {
  const commands = ['routes', 'modules', 'providers', 'plan', 'graph', 'openapi', 'doctor']
  const results = new Map<string, Result>()
  let cwd = ''
  beforeAll(async () => {
    cwd = project(files)
    const wanted = [
      ...commands,
      'modules --json',
      'providers --json',
      'plan --json',
      'graph --format json',
      'doctor --json',
    ]
    const next = async () => {
      for (let words = wanted.shift(); words; words = wanted.shift()) {
        results.set(words, await myfy(words.split(' '), { cwd, env: { MYFY_GRACE_PERIOD: '60s' } }))
      }
    }
    await Promise.all([next(), next()])
  }, 60_000)
  const json = (words: string) => JSON.parse(results.get(words)!.stdout)

  test.each(commands)('%s starts nothing and connects to no database', (name) => {
    const { code, output } = results.get(name)!
    expect(output).not.toContain('ECONNREFUSED')
    expect(code, output).toBe(0)
    expect(() => readFileSync(join(cwd, 'started'))).toThrow('ENOENT')
  })

  test('prints its own output to standard error', () => {
    expect(results.get('modules')!.stderr).toContain('configuring')
    expect(results.get('modules')!.stdout).not.toContain('configuring')
  })

  test('lists modules in start order, with levels and hooks', () => {
    expect(json('modules --json')).toMatchObject([
      {
        name: 'data',
        class: 'DataModule',
        level: 0,
        requires: [],
        hooks: expect.arrayContaining(['configure', 'start']),
      },
      { name: 'cache', level: 1, requires: ['data'] },
      { name: 'web', transports: ['http'], commands: expect.arrayContaining(['routes']) },
    ])
    expect(results.get('modules')!.stdout).toMatch(/2 {2}cache +CacheModule +1 +data/)
  })

  test('lists providers with kind, scope, module and dependencies', () => {
    expect(json('providers --json')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'Database',
          scope: 'singleton',
          module: 'data',
          injects: ['Settings'],
        }),
        expect.objectContaining({ name: 'Session', scope: 'request', module: 'data', injects: ['Database'] }),
        expect.objectContaining({ name: 'GET /users/:id', kind: 'entry', module: 'web' }),
      ]),
    )
  })

  test('plans order, levels and time limits against the grace period of the platform', () => {
    expect(json('plan --json')).toMatchObject({
      initialize: { modules: 3, settings: 2 },
      start: {
        onStartup: ['warmUp'],
        modules: [
          { module: 'data', level: 0 },
          { module: 'cache', level: 1, timeout: 5000 },
          { module: 'web' },
        ],
        listen: ['http'],
      },
      stop: { budget: { drain: 20_000, total: 32_000 }, modules: ['web', 'cache', 'data'] },
      platform: { configured: { value: '60s', source: 'environment' } },
    })
    expect(results.get('plan')!.stdout).toContain('stop         10 s  web → cache → data')
  })

  test('gets the commands routes and openapi from its web module', () => {
    expect(results.get('routes')!.stdout).toMatch(/GET +\/users\/:id/)
    expect(JSON.parse(results.get('openapi')!.stdout).paths).toHaveProperty('/users/{id}')
  })

  test('reports the origin of each setting, and never its value', () => {
    expect(json('doctor --json').variables).toEqual([
      { variable: 'DATABASE_URL', source: '.env' },
      { variable: 'PORT', source: 'default' },
    ])
    expect(results.get('doctor')!.output).not.toContain('secret')
  })
})

test('a profile reads its own file', async () => {
  const cwd = project({ ...files, '.env.test': 'PORT=9\n' })
  const { stdout } = await myfy(['doctor', '--json', '--profile', 'test'], { cwd })
  expect(JSON.parse(stdout).variables).toContainEqual({ variable: 'PORT', source: '.env.test' })
})
