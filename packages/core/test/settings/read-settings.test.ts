import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, defineModule, defineSettings, Environment, SettingsError } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { readSettings } from '../../src/settings/read-settings.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { unreadVariables } from '../../src/settings/unread-variables.ts'
import { quiet } from '../quiet.ts'

const environment = (values: Record<string, string>) => new Environment([{ name: 'environment', values }])
const read = <T>(settings: Settings<T>, values: Record<string, string>) =>
  readSettings(settings, environment(values))

function folder(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'myfy-settings-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  return directory
}

describe('the same settings by three libraries', () => {
  const libraries = {
    zod: defineSettings(
      z.object({
        databaseUrl: z.string(),
        port: z.number().int(),
        debug: z.boolean().default(false),
        hosts: z.array(z.string()).default([]),
        pool: z.object({ maxSize: z.number() }),
      }),
    ),
    valibot: defineSettings(
      v.object({
        databaseUrl: v.string(),
        port: v.number(),
        debug: v.optional(v.boolean(), false),
        hosts: v.optional(v.array(v.string()), []),
        pool: v.object({ maxSize: v.number() }),
      }),
    ),
    arktype: defineSettings(
      type({
        databaseUrl: 'string',
        port: 'number',
        debug: 'boolean = false',
        hosts: type('string[]').default(() => []),
        pool: { maxSize: 'number' },
      }),
    ),
  }

  describe.each(Object.entries(libraries))('%s', (_, settings) => {
    test('reads text, numbers, booleans, lists and nested objects', async () => {
      const { value, problems } = await read(settings as Settings<unknown>, {
        DATABASE_URL: 'postgres://db',
        PORT: '8000',
        DEBUG: 'yes',
        HOSTS: 'a, b',
        POOL__MAX_SIZE: '5',
        PATH: '/bin',
      })
      expect(problems).toEqual([])
      expect(value).toEqual({
        databaseUrl: 'postgres://db',
        port: 8000,
        debug: true,
        hosts: ['a', 'b'],
        pool: { maxSize: 5 },
      })
    })

    test('uses defaults for what is not set', async () => {
      const { value } = await read(settings as Settings<unknown>, {
        DATABASE_URL: 'x',
        PORT: '1',
        POOL__MAX_SIZE: '5',
      })
      expect(value).toEqual({ databaseUrl: 'x', port: 1, debug: false, hosts: [], pool: { maxSize: 5 } })
    })

    test('tells every variable that is wrong, and where it was looked for', async () => {
      const { problems } = await read(settings as Settings<unknown>, {
        PORT: 'eight',
        POOL__MAX_SIZE: 'many',
        DEBUG: 'maybe',
      })
      const text = problems.join('\n')
      expect(problems).toHaveLength(4)
      expect(text).toMatch(
        /Cannot read DATABASE_URL: .*; it is not set\. Set it in the environment or in \.env\./,
      )
      expect(text).toMatch(/PORT: .*; got "eight" from environment/)
      expect(text).toMatch(/POOL__MAX_SIZE: .*; got "many" from environment/)
      expect(text).toMatch(/DEBUG: .*; got "maybe" from environment/)
    })
  })

  test('have the type that the schema gives', () => {
    expectTypeOf(libraries.zod).toExtend<Settings<{ databaseUrl: string; port: number; debug: boolean }>>()
    expectTypeOf(libraries.valibot).toExtend<
      Settings<{ databaseUrl: string; port: number; debug: boolean }>
    >()
    expectTypeOf(libraries.arktype).toExtend<
      Settings<{ databaseUrl: string; port: number; debug: boolean }>
    >()
  })
})

describe('settings', () => {
  test('with a prefix read only what has it', async () => {
    const settings = defineSettings(z.object({ url: z.string() }), { prefix: 'billing' })
    expect((await read(settings, { URL: 'no', BILLING_URL: 'yes' })).value).toEqual({ url: 'yes' })
    expect((await read(settings, { URL: 'no' })).problems[0]).toContain('BILLING_URL: ')
  })

  test('read a coerced boolean as what it says', async () => {
    const settings = defineSettings(z.object({ on: z.coerce.boolean() }))
    expect((await read(settings, { ON: 'false' })).value).toEqual({ on: false })
  })

  test('take an empty variable for one that is not set', async () => {
    const settings = defineSettings(z.object({ a: z.string().default('default') }))
    expect((await read(settings, { A: '' })).value).toEqual({ a: 'default' })
  })

  test('keep a text that looks like a number a text', async () => {
    expect((await read(defineSettings(z.object({ zip: z.string() })), { ZIP: '01234' })).value).toEqual({
      zip: '01234',
    })
  })

  test('of a strict object are not disturbed by other variables', async () => {
    expect(
      (await read(defineSettings(z.strictObject({ a: z.string() })), { A: '1', HOME: '/root' })).value,
    ).toEqual({ a: '1' })
  })

  test('with a transform are read as well', async () => {
    const settings = defineSettings(
      z.object({ since: z.string().transform((text) => new Date(text)), n: z.coerce.number() }),
    )
    expect((await read(settings, { SINCE: '2026-01-01', N: '4' })).value).toEqual({
      since: new Date('2026-01-01'),
      n: 4,
    })
  })

  test('name acronyms as people write them', async () => {
    const settings = defineSettings(
      z.object({ databaseURL: z.string(), s3Bucket: z.string(), apiV2Key: z.string() }),
    )
    const { value } = await read(settings, { DATABASE_URL: 'a', S3_BUCKET: 'b', API_V2_KEY: 'c' })
    expect(value).toEqual({ databaseURL: 'a', s3Bucket: 'b', apiV2Key: 'c' })
  })

  test('of a library that does not tell its keys take the variables that are set', async () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'own',
        validate: (value: unknown) => ({ value: value as { greeting: string; db?: { url: string } } }),
      },
    }
    expect((await read(defineSettings(schema), { GREETING: 'hi', DB__URL: 'x', lower: 'no' })).value).toEqual(
      { greeting: 'hi', db: { url: 'x' } },
    )
  })

  test('come from a secret file when NAME_FILE says so', async () => {
    const directory = folder({ secret: 's3cr3t-value\n' })
    const settings = defineSettings(z.object({ apiToken: z.string() }))
    const reading = await read(settings, { API_TOKEN_FILE: join(directory, 'secret') })
    expect(reading.value).toEqual({ apiToken: 's3cr3t-value' })
    expect(reading.variables).toEqual([
      { variable: 'API_TOKEN', key: 'apiToken', source: `${join(directory, 'secret')} (by API_TOKEN_FILE)` },
    ])
  })

  test('refuse a variable that is set twice, and a file that cannot be read', async () => {
    const settings = defineSettings(z.object({ a: z.string(), b: z.string() }))
    const { problems } = await read(settings, { A: '1', A_FILE: '/x', B_FILE: '/does/not/exist' })
    expect(problems.slice(0, 2)).toEqual([
      'Cannot read A: both A and A_FILE are set in environment. Remove one of them.',
      'Cannot read B: B_FILE points to /does/not/exist (ENOENT). Correct the path or the permissions.',
    ])
  })

  test('are layered: environment over .env.{profile} over .env over defaults', async () => {
    const cwd = folder({ '.env': 'A=env\nB=env\nC=env\n', '.env.staging': 'A=staging\nB=staging\n' })
    const settings = defineSettings(
      z.object({ a: z.string(), b: z.string(), c: z.string(), d: z.string().default('default') }),
    )
    const host = new TestHost({ cwd, env: { MYFY_PROFILE: 'staging', A: 'environment' } })
    const app = new Application({ host, settings, logger: quiet })
    await app.initialize()
    expect(app.settings).toEqual({ a: 'environment', b: 'staging', c: 'env', d: 'default' })
    expect(app.variables.map(({ variable, source }) => `${variable} ${source}`)).toEqual([
      'A environment',
      'B .env.staging',
      'C .env',
      'D undefined',
    ])
    expectTypeOf(app.settings).toEqualTypeOf<{ a: string; b: string; c: string; d: string }>()
  })

  test('can be brought by a module, and all problems are one error', async () => {
    const Own = defineSettings(z.object({ queueUrl: z.url(), retries: z.number() }), {
      name: 'QueueSettings',
    })
    const App = defineSettings(
      z.object({
        a: z.string(),
        b: z.number(),
        c: z.boolean(),
        d: z.url(),
        e: z.enum(['x', 'y']),
        f: z.string().min(3),
        g: z.object({ h: z.number(), i: z.string() }),
      }),
    )
    const host = new TestHost({
      env: { B: 'x', C: 'x', D: 'x', E: 'z', F: 'ab', G__H: 'x', RETRIES: 'x', QUEUE_URL: 'not a url' },
    })
    const app = new Application({
      host,
      logger: quiet,
      settings: App,
      modules: [defineModule({ name: 'queue', settings: Own })],
    })
    const error = (await app.initialize().catch((thrown: unknown) => thrown)) as SettingsError
    expect(error).toBeInstanceOf(SettingsError)
    expect(error.problems).toHaveLength(10)
    expect(error.message).toContain('10 settings are missing or invalid')
    expect(await host.clock.run(app.run())).toBe(78)
  })

  test('brought by a module are injected by their token', async () => {
    const Own = defineSettings(z.object({ queueUrl: z.string() }))
    const app = new Application({
      host: new TestHost({ env: { QUEUE_URL: 'amqp://q' } }),
      logger: quiet,
      modules: [defineModule({ name: 'queue', settings: [Own] })],
    })
    await app.initialize()
    expect(app.container.get(Own)).toEqual({ queueUrl: 'amqp://q' })
  })

  test.each([
    ['a schema', z.object({ a: z.string() })],
    ['of type string', 'postgres://ada:hunter2@db'],
    ['missing', null],
  ])('that are %s are refused, and not told', async (what, settings) => {
    const app = new Application({ logger: quiet, modules: [{ name: 'a', settings: [settings] } as never] })
    const error = (await app.initialize().catch((thrown: unknown) => thrown)) as SettingsError
    expect(error).toBeInstanceOf(SettingsError)
    expect(error.message).toContain(
      `Cannot read the settings: they are ${what}. Give it the result of defineSettings(schema).`,
    )
    expect(error.message).not.toContain('hunter2')
  })

  test('refuse a profile that is a path', async () => {
    const app = new Application({
      logger: quiet,
      host: new TestHost({ env: { MYFY_PROFILE: '../../etc/passwd' } }),
    })
    await expect(app.initialize()).rejects.toThrow('MYFY_PROFILE (from environment): it must be a name')
  })
})

describe('the value of a secret', () => {
  const secrets: Record<string, string> = {
    DATABASE_PASSWORD: 'hunter2-password',
    API_TOKEN: 'tok_live_4242',
    DATABASE_URL: 'postgres://user:pa55word@db/x',
    SIGNING_KEY: 'kkkkkkkkkkkkkkkk',
  }
  const schemas = {
    zod: z.object({
      databasePassword: z.number(),
      apiToken: z.enum(['never']),
      databaseUrl: z.string().regex(/^mysql/),
      signingKey: z.string().max(3),
    }),
    valibot: v.object({
      databasePassword: v.number(),
      apiToken: v.literal('never'),
      databaseUrl: v.pipe(v.string(), v.startsWith('mysql')),
      signingKey: v.pipe(v.string(), v.maxLength(3)),
    }),
    arktype: type({
      databasePassword: 'number',
      apiToken: "'never'",
      databaseUrl: /^mysql/,
      signingKey: 'string <= 3',
    }),
  }

  test.each(Object.entries(schemas))('appears in no output (%s)', async (_, schema) => {
    const lines: string[] = []
    const host = new TestHost({ env: { ...secrets, LOG_LEVEL: 'debug' } })
    const { consoleLogger } = await import('@myfy/core')
    const app = new Application({
      host,
      settings: defineSettings(schema as Settings['schema']),
      logger: consoleLogger({ json: true, level: 'debug', write: (line) => lines.push(line) }),
    })
    expect(await host.clock.run(app.run())).toBe(78)
    const output = lines.join('\n')
    expect(output).toContain('DATABASE_PASSWORD')
    expect(output).toContain('a value that is not shown')
    for (const secret of ['hunter2', 'tok_live', 'pa55word', 'kkkkkkkkk'])
      expect(output).not.toContain(secret)
  })
})

describe('a variable that nothing reads', () => {
  const warningsOf = async (
    settings: Settings<unknown>,
    layers: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ) => {
    const all = Object.entries(layers).map(([name, values]) => ({ name, values }))
    const { variables } = await readSettings(settings, new Environment(all))
    return unreadVariables([settings], variables, new Environment(all))
  }
  const settings = (prefix?: string) =>
    defineSettings(
      z.object({
        databaseUrl: z.string().default(''),
        pool: z.object({ maxSize: z.number().default(1) }).optional(),
        ports: z.array(z.number()).default([]),
      }),
      prefix ? { prefix } : {},
    ) as Settings<unknown>

  test.each([
    [
      'has the prefix',
      settings('app'),
      { environment: { APP_DATABSE_URL: 'x' } },
      'APP_DATABSE_URL',
      'environment',
      ' Did you mean APP_DATABASE_URL?',
    ],
    [
      'has the prefix and resembles nothing',
      settings('app'),
      { environment: { APP_THEME: 'x' } },
      'APP_THEME',
      'environment',
      ' Remove it, or add the key to the schema.',
    ],
    [
      'is below an object',
      settings(),
      { environment: { POOL__MAX_SIZ: '3' } },
      'POOL__MAX_SIZ',
      'environment',
      ' Did you mean POOL__MAX_SIZE?',
    ],
    [
      'is an element of a list that is set as a whole',
      settings(),
      { environment: { PORTS: '1,2', PORTS__0: '3' } },
      'PORTS__0',
      'environment',
      ' Remove it, or add the key to the schema.',
    ],
    [
      'is misspelled in the env file',
      settings(),
      { '.env': { DATABSE_URL: 'x' } },
      'DATABSE_URL',
      '.env',
      ' Did you mean DATABASE_URL?',
    ],
  ])('is reported if it %s', async (_, token, layers, name, layer, hint) => {
    expect(await warningsOf(token, layers as never)).toEqual([
      `${name} (from ${layer}) has no effect: no setting reads it.${hint}`,
    ])
  })

  test('belongs to something else otherwise', async () => {
    const layers = {
      environment: { PATH: '/bin', HOME: '/', DATABSE_URL: 'x' },
      '.env': { SENTRY_RELEASE: '1' },
    }
    expect(await warningsOf(settings(), layers)).toEqual([])
    const read = { environment: { APP_DATABASE_URL_FILE: '/dev/null', APP_POOL__MAX_SIZE: '3' } }
    expect(await warningsOf(settings('app'), read)).toEqual([])
  })

  test('is a warning at the start of an application', async () => {
    const warnings: string[] = []
    const host = new TestHost({ env: { APP_DATABSE_URL: 'x' } })
    const app = new Application({ host, settings: settings('app'), logger: quiet })
    app.on('settings.warning', ({ message }) => void warnings.push(message))
    await app.initialize()
    expect(warnings.join('\n')).toContain('APP_DATABSE_URL')
  })
})

describe('a start', () => {
  const settings = defineSettings(
    z.object({
      databaseUrl: z.string().default(''),
      hosts: z.array(z.string()).default([]),
      redisPort: z.union([z.number(), z.string()]).default(0),
    }),
  ) as Settings<unknown>
  const warningsOf = async (env: Record<string, string>, files: Record<string, string> = {}) => {
    const warnings: string[] = []
    const host = new TestHost({ env, cwd: folder(files) })
    const app = new Application({ host, settings, logger: quiet })
    app.on('settings.warning', ({ message }) => void warnings.push(message))
    await app.initialize()
    return warnings
  }
  const local = 'the file is not read. Move it to .env, or set MYFY_PROFILE to local.'
  const quoted =
    '(from environment) begins and ends with a quotation mark, which belongs to the value. Remove the quotation marks around the value (docker --env-file keeps them).'

  test.each<[string, Record<string, string>, Record<string, string>, readonly string[]]>([
    [
      'a setting in .env.local',
      {},
      { '.env': 'A=1', '.env.local': 'DATABASE_URL=x\nVITE_TITLE=y' },
      [`DATABASE_URL in .env.local has no effect: ${local}`],
    ],
    [
      'the file of a setting in .env.local',
      {},
      { '.env.local': 'DATABASE_URL_FILE=x' },
      [`DATABASE_URL_FILE in .env.local has no effect: ${local}`],
    ],
    [
      'a setting in the file that NODE_ENV names',
      { NODE_ENV: 'staging' },
      { '.env.staging': 'HOSTS=a' },
      [
        'HOSTS in .env.staging has no effect: NODE_ENV does not select the file. Set MYFY_PROFILE to staging.',
      ],
    ],
    ['quotation marks around text', { DATABASE_URL: '"x"' }, {}, [`DATABASE_URL ${quoted}`]],
    ['quotation marks around a list', { HOSTS: "'a,b'" }, {}, [`HOSTS ${quoted}`]],
    [
      'a variable that Kubernetes sets',
      { REDIS_PORT: 'tcp://10.0.0.1:6379' },
      {},
      [
        'REDIS_PORT (from environment) has the form that Kubernetes gives it for a Service of that name. Set enableServiceLinks: false in the pod, or give the settings a prefix.',
      ],
    ],
    ['nothing about a file that no setting needs', {}, { '.env.local': 'VITE_TITLE=y' }, []],
    ['nothing about the file of the profile', { MYFY_PROFILE: 'local' }, { '.env.local': 'HOSTS=a' }, []],
    [
      'nothing about a profile that NODE_ENV names as well',
      { MYFY_PROFILE: 'test', NODE_ENV: 'test' },
      { '.env.test': 'HOSTS=a' },
      [],
    ],
    ['nothing about quotation marks in an env file', {}, { '.env': 'DATABASE_URL="x"' }, []],
    ['nothing about quotation marks inside', { DATABASE_URL: 'a"b"c', HOSTS: '["a"]' }, {}, []],
  ])('reports %s', async (_, env, files, expected) => {
    expect(await warningsOf(env, files)).toEqual(expected)
  })
})

test('the error of a number that Kubernetes sets names the remedy', async () => {
  const settings = defineSettings(z.object({ redisPort: z.number() }))
  const { problems } = await read(settings, { REDIS_PORT: 'tcp://10.0.0.1:6379' })
  expect(problems[0]).toMatch(
    /^Cannot read REDIS_PORT: .* Set enableServiceLinks: false in the pod, or give the settings a prefix\.$/,
  )
})

test('a key and the file of another key are told apart', async () => {
  const settings = defineSettings(
    z.object({ log: z.string().default('info'), logFile: z.string().optional() }),
  )
  expect((await read(settings, { LOG_FILE: '/var/log/none.log' })).value).toEqual({
    log: 'info',
    logFile: '/var/log/none.log',
  })
})

test('two keys that read one variable are refused', async () => {
  const settings = defineSettings(z.object({ apiURL: z.string(), apiUrl: z.string() }))
  expect((await read(settings, { API_URL: 'x' })).problems).toEqual([
    'Cannot read API_URL: the keys apiURL and apiUrl both read it. Rename one of them.',
  ])
})

test.each([
  ['', 'the settings: min must be below max'],
  ['app', 'the settings: min must be below max'],
])('a rule about several keys is reported as one, with the prefix %j', async (prefix, problem) => {
  const rules = z
    .object({ min: z.number(), max: z.number() })
    .refine(({ min, max }) => min < max, 'min must be below max')
    .refine(({ max }) => max < 2, 'max must be below 2')
  const settings = defineSettings(rules, { prefix })
  const set: Record<string, string> = prefix ? { APP_MIN: '3', APP_MAX: '2' } : { MIN: '3', MAX: '2' }
  expect((await read(settings, set)).problems).toEqual([
    `Cannot read ${problem}. Correct the values.`,
    'Cannot read the settings: max must be below 2. Correct the values.',
  ])
})

test('a problem of an element names its variable', async () => {
  const settings = defineSettings(
    z.object({ nodes: z.array(z.object({ host: z.string(), port: z.number() })) }),
  )
  const set = { NODES__0__HOST: 'a', NODES__0__PORT: 'http', NODES__1__HOST: 'c' }
  expect((await read(settings, set)).problems).toEqual([
    expect.stringMatching(/^Cannot read NODES__0__PORT: .*; got "http" from environment\./),
    expect.stringMatching(/^Cannot read NODES__1__PORT: .*; it is not set\./),
  ])
})

test.each([
  [{ NODES__0: 'a', NODES__2: 'c' }, 'NODES__2 is set and NODES__1 is not'],
  [{ NODES__1: 'b' }, 'NODES__1 is set and NODES__0 is not'],
  [{ NODES__0: 'a', NODES__4000000000: 'z' }, 'NODES__4000000000 is set and NODES__1 is not'],
])('a gap between the elements %j is one problem', async (set, gap) => {
  const settings = defineSettings(z.object({ nodes: z.array(z.string()).min(1) }))
  expect((await read(settings, set as Record<string, string>)).problems).toEqual([
    `Cannot read NODES: ${gap}. Number the elements from 0, without gaps.`,
  ])
})

test('a problem inside a list names the variable of the list', async () => {
  const settings = defineSettings(z.object({ ports: z.array(z.number()) }))
  expect((await read(settings, { PORTS: '1,x' })).problems[0]).toMatch(/^Cannot read PORTS: /)
})
