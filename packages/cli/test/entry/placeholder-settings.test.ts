import { beforeAll, describe, expect, test } from 'vitest'
import { myfy, project, type Result } from '../project.ts'

// Settings of many shapes, none of which is set.
const app = `
import { Application, defineModule, defineSettings } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { z } from 'zod'
const Settings = defineSettings(z.object({
  jwtSecret: z.string().min(32),
  databaseUrl: z.url(),
  admin: z.email(),
  port: z.number().int().min(1),
  mode: z.enum(['a', 'b']),
  smtp: z.object({ host: z.string(), secure: z.boolean() }),
  hosts: z.array(z.string()).min(1),
}))
const ModuleSettings = defineSettings(z.object({ apiKey: z.string() }), { prefix: 'mail' })
const routes = defineRoutes('/users', (route) => { route.get('/:id', ({ params }) => params) })
export const app = new Application({ settings: Settings })
app.addModule(defineModule({
  name: 'mail',
  settings: ModuleSettings,
  commands: () => [{ name: 'send', description: 'Sends', run: () => {} }],
}))
app.addModule(new WebModule({ routes: [routes], get port() { return app.settings.port } }))
`
const variables = [
  'JWT_SECRET',
  'DATABASE_URL',
  'ADMIN',
  'PORT',
  'MODE',
  'SMTP__HOST',
  'HOSTS',
  'MAIL_API_KEY',
]

describe('without its settings', () => {
  const inspections = ['routes', 'openapi', 'graph', 'modules', 'providers', 'plan']
  const results = new Map<string, Result>()
  beforeAll(async () => {
    const cwd = project({ 'app.mjs': app })
    for (const name of [...inspections, 'send', 'doctor --json', '--help'])
      results.set(name, await myfy(name.split(' '), { cwd }))
  }, 120_000)

  test.each(inspections)('myfy %s runs, and names them', (name) => {
    const { code, stdout, stderr } = results.get(name)!
    expect(code, stderr).toBe(0)
    expect(stdout).not.toBe('')
    expect(stderr).toContain('placeholders for settings that are missing or invalid: jwtSecret, ')
    expect(stderr).toContain('apiKey')
  })

  test('myfy routes and openapi print what they print with them', () => {
    expect(results.get('routes')!.stdout).toMatch(/GET +\/users\/:id/)
    expect(JSON.parse(results.get('openapi')!.stdout).paths).toHaveProperty('/users/{id}')
  })

  test('a command that works with them is refused, and names the variables', () => {
    const { code, stderr } = results.get('send')!
    for (const variable of variables.filter((name) => name !== 'SMTP__HOST'))
      expect(stderr).toContain(variable)
    expect(code).toBe(78)
  })

  test('myfy doctor reports each, although the port is read from them', () => {
    const { code, stdout } = results.get('doctor --json')!
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Array<{ check: string; message: string }> }
    const messages = diagnostics.filter(({ check }) => check === 'settings').map(({ message }) => message)
    for (const variable of variables.filter((name) => name !== 'SMTP__HOST'))
      expect(messages.join('\n')).toContain(variable)
    expect(diagnostics.some(({ check }) => check === 'import')).toBe(false)
    expect(code).toBe(1)
  })

  test('the help lists the commands of modules', () => {
    expect(results.get('--help')!.stdout).toMatch(/send +Sends \(mail\)/)
  })
})
