import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkInit, checkNode, type Environment } from '../src/doctor/environment-checks.ts'
import { platformOf } from '../src/doctor/platform.ts'
import { myfy, project } from './_project.ts'

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
  test('has nothing to say about a healthy application', async () => {
    const { code, ok, diagnostics } = await diagnose(project(plain))
    expect(diagnostics.filter(({ severity }) => severity !== 'ok')).toEqual([])
    expect([ok, code]).toEqual([true, 0])
  })

  test('tells each setting that is missing or wrong', async () => {
    const cwd = project(
      app(`import { z } from 'zod'
const Settings = defineSettings(z.object({ databaseUrl: z.string(), poolSize: z.number() }))
export const app = new Application({ settings: Settings })`),
    )
    const { code, of } = await diagnose(cwd, { POOL_SIZE: 'many' })
    expect(of('settings').map(({ severity }) => severity)).toEqual(['error', 'error'])
    expect(of('settings')[0]!.message).toMatch(/DATABASE_URL: .*not set; looked in environment/)
    expect(of('settings')[1]!.message).toMatch(/POOL_SIZE: .*got "many" from environment/)
    expect(code).toBe(1)
  })

  test('tells each problem of the graph', async () => {
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

  test('tells a module that is missing, and one that had to move', async () => {
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
      remedy: 'add it behind that one, so that the list reads as it runs',
    })
    expect(second.code).toBe(0)
  })

  test('tells a grace period that is shorter than the budget, or is none', async () => {
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

  test('tells of the platform whose usual grace does not suffice', async () => {
    const { of } = await diagnose(project(plain), { KUBERNETES_SERVICE_HOST: '10.0.0.1' })
    expect(of('grace')[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('Kubernetes grants 30 s'),
    })
  })

  test('tells who else listens to signals', async () => {
    const cwd = project(
      app(`process.on('SIGTERM', () => process.exit(0))\nexport const app = new Application()`),
    )
    const { of } = await diagnose(cwd)
    expect(of('handlers')[0]).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/listens to SIGTERM itself: .*and ends the process there/),
    })
  })

  test('tells a port that is taken', async () => {
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

  test('tells two copies of a package, and for whom they are', async () => {
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

  test('tells an entry that cannot be imported, with its place', async () => {
    const { code, of } = await diagnose(project({ 'src/app.ts': 'throw new Error("no")' }))
    expect(of('import')[0]!.message).toMatch(/src\/app\.ts could not be imported\nno\n[\s\S]*> 1 \| throw/)
    expect(code).toBe(1)
  })

  test('for people says what, and what to do, in a line each', async () => {
    const { stdout, code } = await myfy(['doctor'], {
      cwd: project({ ...plain, Dockerfile: 'FROM node:24\nCMD npm start\n' }),
    })
    expect(stdout).toMatch(
      /✗ signals {3}what the Dockerfile starts is a shell.*\n +→ start the application itself/,
    )
    expect(stdout).toMatch(/1 error, 0 warnings\n$/)
    expect(code).toBe(1)
  })
})

const around = (some: Partial<Environment>): Environment => ({
  nodeVersion: '24.1.0',
  container: false,
  init: [],
  files: {},
  ...some,
})
const docker = (...lines: string[]) => around({ files: { Dockerfile: lines.join('\n') } })

describe('the environment', () => {
  test.each([
    ['20.19.0', 'ok'],
    ['20.18.3', 'error'],
    ['18.20.0', 'error'],
    ['22.0.0', 'ok'],
    ['26.1.0-nightly', 'ok'],
  ])('Node %s is %s', (nodeVersion, severity) => {
    expect(checkNode(around({ nodeVersion })).severity).toBe(severity)
  })

  test.each<[string, Environment, string]>([
    [
      'a shell that starts the service in a container',
      around({ container: true, init: ['/bin/sh', '-c', 'npm start', 'npm'] }),
      'error',
    ],
    [
      'a shell that runs the service',
      around({ container: true, init: ['/bin/sh', '-c', 'myfy start dist/main.js'] }),
      'error',
    ],
    [
      'a shell that replaces itself',
      around({ container: true, init: ['/bin/sh', '-c', 'exec node dist/main.js', 'node'] }),
      'warning',
    ],
    ['npm as process 1', around({ container: true, init: ['npm', 'start'] }), 'error'],
    [
      'node as process 1 without an init',
      around({ container: true, init: ['node', 'dist/main.js'] }),
      'warning',
    ],
    ['an init', around({ container: true, init: ['/sbin/docker-init', '--', 'node', 'main.js'] }), 'ok'],
    ['a container of tools', around({ container: true, init: ['sleep', 'infinity'] }), 'ok'],
    ['no container', around({ init: ['node', 'x'] }), 'ok'],
    ['the shell form', docker('FROM node', 'CMD myfy start'), 'error'],
    [
      'the shell form with exec',
      docker('FROM node', 'ENTRYPOINT ["tini", "--"]', 'CMD ["myfy", "start"]'),
      'ok',
    ],
    ['npm in a Dockerfile', docker('FROM node', 'CMD ["npm", "start"]'), 'error'],
    [
      'tini before npm',
      docker('FROM node', 'ENTRYPOINT ["/usr/bin/tini", "--"]', 'CMD ["npm", "start"]'),
      'error',
    ],
    ['node in a Dockerfile without an init', docker('FROM node', 'CMD ["node", "dist/main.js"]'), 'warning'],
    [
      'an init in the compose file',
      around({
        files: {
          Dockerfile: 'FROM node\nCMD ["node", "x"]',
          'compose.yaml': 'services:\n  app:\n    init: true\n',
        },
      }),
      'ok',
    ],
    [
      'only the last stage',
      docker('FROM a AS build', 'CMD npm start', 'FROM b', 'ENTRYPOINT ["tini", "--", "node", "x"]'),
      'ok',
    ],
  ])('%s', (_, environment, severity) => {
    const diagnostics = checkInit(environment)
    expect(diagnostics[0]!.severity).toBe(severity)
    if (severity !== 'ok') expect(diagnostics[0]!.remedy).toBeTruthy()
  })

  test.each([
    [{ KUBERNETES_SERVICE_HOST: 'x' }, true, 'Kubernetes'],
    [{ pm_id: '0' }, false, 'PM2'],
    [{ SUPERVISOR_ENABLED: '1' }, false, 'supervisord'],
    [{}, true, 'Docker'],
    [{ INVOCATION_ID: 'x', SYSTEMD_EXEC_PID: String(process.pid) }, false, 'systemd'],
    [{ INVOCATION_ID: 'x', SYSTEMD_EXEC_PID: '1' }, false, undefined],
    [{}, false, undefined],
  ])('%j in a container: %s is %s', (env, container, name) => {
    expect(platformOf({ env, container })?.name).toBe(name)
  })
})
