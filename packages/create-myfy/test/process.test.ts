import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'create-myfy-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  // Under vitest NODE_OPTIONS and NODE_ENV are about vitest.
  const clean = {
    ...process.env,
    NODE_OPTIONS: undefined,
    NODE_ENV: undefined,
    VITEST: undefined,
    MYFY_HEAVY: undefined,
    ...env,
  }
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      { cwd, env: clean, maxBuffer: 64e6 },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
      },
    )
    child.stdin?.end()
  })
}

const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href
const create = (...words: string[]) =>
  run(
    process.execPath,
    [
      '--conditions=@myfy/source',
      '--import',
      loader,
      join(root, 'packages/create-myfy/src/main.ts'),
      ...words,
    ],
    scratch,
  )

describe('create-myfy without a terminal', () => {
  test('asks nothing: without a directory it says what is missing', async () => {
    const { code, stderr } = await create()
    expect(stderr).toBe('✗ where to? Name a directory: npm create myfy my-app\n')
    expect(code).toBe(2)
  })

  test('has a help, and no option that it does not know', async () => {
    const [help, unknown, two] = await Promise.all([
      create('--help'),
      create('app', '--typescript'),
      create('one', 'two'),
    ])
    expect(help.stdout).toContain('npm create myfy my-app && cd my-app && npm install && npm run dev')
    expect(help.code).toBe(0)
    expect(unknown.stderr).toContain("Unknown option '--typescript'")
    expect(two.stderr).toContain('one directory is enough')
    expect([unknown.code, two.code]).toEqual([2, 2])
    expect(existsSync(join(scratch, 'app'))).toBe(false)
  })

  test('refuses a folder that is not empty', async () => {
    mkdirSync(join(scratch, 'full'))
    writeFileSync(join(scratch, 'full/mine'), '')
    const { code, stderr } = await create('full')
    expect(stderr).toContain('full is not empty (mine)')
    expect(code).toBe(1)
  })
})

// Minutes of installing: `MYFY_HEAVY=1 pnpm vitest run packages/create-myfy`, after `pnpm build`.
describe.skipIf(!process.env.MYFY_HEAVY)('from packed tarballs, in a scratch folder', () => {
  test('npm create installs, its tests pass, the doctor is content, and it runs', {
    timeout: 900_000,
  }, async () => {
    const tarballs = join(scratch, 'tarballs')
    mkdirSync(tarballs)
    for (const name of ['di', 'core', 'web', 'reload', 'cli', 'create-myfy']) {
      const packed = await run(
        'npx',
        ['-y', 'pnpm@10.34.9', 'pack', '--pack-destination', tarballs],
        join(root, 'packages', name),
      )
      expect(packed.code, packed.stderr).toBe(0)
    }
    const tarball = (name: string) =>
      join(
        tarballs,
        readdirSync(tarballs).find((file) => file.startsWith(`${name}-0`) || file.startsWith(`${name}-1`))!,
      )
    const made = await run(
      'npm',
      ['exec', '--yes', '--package', tarball('create-myfy'), '--', 'create-myfy', 'my-app'],
      scratch,
    )
    expect(made.stdout, made.stderr).toContain('✓ my-app:')
    expect(made.stdout).toContain('cd my-app\n  npm install\n  npm run dev')

    // What a registry would give; nothing is published yet.
    const app = join(scratch, 'my-app')
    const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'))
    const local = Object.fromEntries(
      ['di', 'core', 'web', 'reload', 'cli'].map((name) => [
        `@myfy/${name}`,
        `file:${tarball(`myfy-${name}`)}`,
      ]),
    )
    for (const name of Object.keys(manifest.dependencies))
      if (local[name]) manifest.dependencies[name] = local[name]
    writeFileSync(
      join(app, 'package.json'),
      JSON.stringify({ ...manifest, overrides: { '@myfy/reload': local['@myfy/reload'] } }, null, 2),
    )
    const installed = await run('npm', ['install', '--no-audit', '--no-fund'], app)
    expect(installed.code, installed.stderr).toBe(0)

    const built = await run('npm', ['run', 'build'], app)
    expect(built.code, built.stdout + built.stderr).toBe(0)
    const doctor = await run('npx', ['myfy', 'doctor', '--json'], app)
    const findings = JSON.parse(doctor.stdout).findings as Array<{ severity: string }>
    expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([])
    for (const script of ['dev', 'start']) {
      const answer = await serves(app, script)
      expect(answer).toEqual({ status: 201, code: 0 })
    }
    const tests = await run('npm', ['test'], app)
    expect(tests.code, tests.stdout + tests.stderr).toBe(0)
  })
})

/** Starts a script of the project, makes a user, and stops it. */
async function serves(cwd: string, script: string): Promise<{ status: number; code: number | null }> {
  const { spawn } = await import('node:child_process')
  const clean = {
    ...process.env,
    NODE_OPTIONS: undefined,
    NODE_ENV: undefined,
    VITEST: undefined,
    PORT: '18432',
  }
  const words = script === 'dev' ? ['run', 'src/main.ts'] : ['start', 'dist/main.js']
  const child = spawn(join(cwd, 'node_modules/.bin/myfy'), words, {
    cwd,
    env: clean,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      output += String(text)
      if (/ready in/.test(output)) resolve()
    })
    child.once('exit', () => reject(new Error(output)))
  })
  const { status } = await fetch('http://localhost:18432/users', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada', email: `ada-${script}@example.org` }),
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  return { status, code: await gone }
}
