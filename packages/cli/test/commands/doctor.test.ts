import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { myfy, project } from '../project.ts'

interface Diagnosis {
  readonly ok: boolean
  readonly diagnostics: ReadonlyArray<{ check: string; severity: string; message: string; remedy?: string }>
}

async function diagnose(cwd: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await myfy(['doctor', '--json'], { cwd, env })
  const diagnosis = JSON.parse(stdout || `{"stderr":${JSON.stringify(stderr)}}`) as Diagnosis
  return {
    code,
    ...diagnosis,
    of: (check: string) => diagnosis.diagnostics.filter((diagnostic) => diagnostic.check === check),
  }
}

const head = `import { Application, BaseModule, defineModule, defineSettings } from '@myfy/core'\n`
const app = (body: string) => ({ 'src/app.ts': head + body })
const plain = app(`export const app = new Application().addModule(defineModule({ name: 'data' }))`)

describe('the doctor', () => {
  test('finds nothing wrong with a healthy application', async () => {
    const { code, ok, diagnostics } = await diagnose(project(plain))
    expect(diagnostics.filter(({ severity }) => severity !== 'ok')).toEqual([])
    expect([ok, code]).toEqual([true, 0])
  })

  test('reports each setting that is missing or invalid', async () => {
    const cwd = project(
      app(`import { z } from 'zod'
const Settings = defineSettings(z.object({ databaseUrl: z.string(), poolSize: z.number() }))
export const app = new Application({ settings: Settings })`),
    )
    const { code, of } = await diagnose(cwd, { POOL_SIZE: 'many' })
    expect(of('settings').map(({ severity }) => severity)).toEqual(['error', 'error'])
    expect(of('settings')[0]!.message).toMatch(
      /DATABASE_URL: .*it is not set\. Set it in the environment or in \.env\./,
    )
    expect(of('settings')[1]!.message).toMatch(/POOL_SIZE: .*got "many" from environment/)
    expect(code).toBe(1)
  })

  test('names the variables of env files that no setting reads', async () => {
    const cwd = project({
      ...app(`import { z } from 'zod'
const Settings = defineSettings(z.object({ poolSize: z.coerce.number() }))
export const app = new Application({ settings: Settings })`),
      '.env': 'DATABASE_URL=postgres://x\nPOOL_SIZE=2\nMYFY_GRACE_PERIOD=30s\nVITE_TITLE=a\n',
    })
    const { code, of } = await diagnose(cwd)
    expect(of('settings')).toEqual([
      {
        check: 'settings',
        severity: 'ok',
        message:
          '1 setting; none reads DATABASE_URL, VITE_TITLE of .env, which process.env does not have either',
      },
    ])
    expect(code).toBe(0)
  })

  test('reports each issue of the graph', async () => {
    const cwd = project(
      app(`class A {}; class B {}; class C {}
export const app = new Application().addModule(defineModule({ name: 'data', configure(container) {
  container.register(A, { inject: [C], factory: () => new A() })
  container.register(B, { scope: 'singleton', inject: [B], factory: () => new B() })
} }))`),
    )
    const { code, of } = await diagnose(cwd)
    expect(of('graph').filter(({ severity }) => severity === 'error')).toHaveLength(2)
    expect(
      of('graph')
        .map(({ message }) => message)
        .join(),
    ).toContain('C')
    expect(code).toBe(1)
  })

  test('reports a module that is missing, and one that was reordered', async () => {
    const missing = project(
      app(
        `export const app = new Application().addModule(defineModule({ name: 'cache', requires: ['data'] }))`,
      ),
    )
    const moved = project(
      app(`export const app = new Application()
  .addModule(defineModule({ name: 'cache', requires: ['data'] })).addModule(defineModule({ name: 'data' }))`),
    )
    const [first, second] = await Promise.all([diagnose(missing), diagnose(moved)])
    expect(first.of('modules')[0]).toMatchObject({
      severity: 'error',
      message: expect.stringContaining("requires 'data', which was not added"),
    })
    expect(first.code).toBe(1)
    expect(second.of('modules')).toContainEqual({
      check: 'modules',
      severity: 'warning',
      message: 'cache was added before data, which it requires',
      remedy: 'add it after that module, so that the list shows the real order',
    })
    expect(second.code).toBe(0)
  })

  test('reports a grace period that is too short, or not a duration', async () => {
    const cwd = project(plain)
    const [short, wrong, long] = await Promise.all(
      ['10s', 'soon', '60s'].map((grace) => diagnose(cwd, { MYFY_GRACE_PERIOD: grace })),
    )
    expect(short!.of('grace')[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('MYFY_GRACE_PERIOD=10s is shorter'),
    })
    expect(short!.of('grace')[0]!.remedy).toContain('terminationGracePeriodSeconds')
    expect(wrong!.of('grace')[0]).toMatchObject({
      severity: 'error',
      message: expect.stringContaining("'soon'"),
    })
    expect(wrong!.code).toBe(1)
    expect(long!.of('grace')[0]).toMatchObject({ severity: 'ok' })
  })

  test('reports a platform whose default grace period is too short', async () => {
    const { of } = await diagnose(project(plain), { KUBERNETES_SERVICE_HOST: '10.0.0.1' })
    expect(of('grace')[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('Kubernetes grants 30 s'),
    })
  })

  test('reports foreign signal handlers', async () => {
    const cwd = project(
      app(`process.on('SIGTERM', () => process.exit(0))\nexport const app = new Application()`),
    )
    const { of } = await diagnose(cwd)
    expect(of('handlers')[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/handles SIGTERM, and ends the process: /),
    })
  })

  test('reports a port that is taken', async () => {
    const server = createServer().listen(0)
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const transport = `{ name: 'http', address: { port: ${port} }, listen() {}, async drain() {}, close() {} }`
    const cwd = project(
      app(
        `export const app = new Application().addModule(defineModule({ name: 'web', transports: () => [${transport}] }))`,
      ),
    )
    const taken = await diagnose(cwd)
    server.close()
    await new Promise((resolve) => server.once('close', resolve))
    const free = await diagnose(cwd)
    expect(taken.of('port')[0]).toMatchObject({
      severity: 'error',
      message: expect.stringContaining(`port ${port} is taken`),
    })
    expect(taken.of('port')[0]!.remedy).toBeDefined()
    expect(taken.code).toBe(1)
    expect(free.of('port')[0]).toMatchObject({ severity: 'ok' })
  })

  test('reports two copies of a package, with their dependents', async () => {
    const cwd = project({
      ...plain,
      'package.json': '{ "type": "module", "dependencies": { "@myfy/core": "*", "plugin": "*" } }',
    })
    mkdirSync(join(cwd, 'node_modules/plugin/node_modules/@myfy/core'), { recursive: true })
    writeFileSync(
      join(cwd, 'node_modules/plugin/package.json'),
      '{ "name": "plugin", "dependencies": { "@myfy/core": "*" } }',
    )
    writeFileSync(
      join(cwd, 'node_modules/plugin/node_modules/@myfy/core/package.json'),
      '{ "name": "@myfy/core", "version": "0.1.2" }',
    )
    const { code, of } = await diagnose(cwd)
    expect(of('copies')).toHaveLength(1)
    expect(of('copies')[0]).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(
        /2 copies of @myfy\/core: .*the project.*plugin\/node_modules\/@myfy\/core 0\.1\.2 \(for plugin\)/,
      ),
    })
    expect(of('copies')[0]!.remedy).toContain('npm dedupe')
    expect(code).toBe(1)
  })

  test('reports an entry that cannot be imported, with its place', async () => {
    const { code, of } = await diagnose(project({ 'src/app.ts': 'throw new Error("no")' }))
    expect(of('import')[0]!.message).toMatch(/src\/app\.ts cannot be imported\nno\n[\s\S]*> 1 \| throw/)
    expect(code).toBe(1)
  })

  test('prints the problem and the remedy for people, a line each', async () => {
    const { stdout, code } = await myfy(['doctor'], {
      cwd: project({ ...plain, Dockerfile: 'FROM node:24\nCMD npm start\n' }),
    })
    expect(stdout).toMatch(
      /✗ signals {3}the command of the Dockerfile is a shell.*\n +→ start the application directly/,
    )
    expect(stdout).toMatch(/1 error, 0 warnings\n$/)
    expect(code).toBe(1)
  })
})
