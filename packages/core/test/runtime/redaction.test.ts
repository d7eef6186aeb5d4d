import { inspect } from 'node:util'
import { Application, consoleLogger, defineSettings, type Logger } from '@myfy/core'
import { createRedactor, describeError, jsonValue } from '@myfy/core/runtime'
import { TestHost } from '@myfy/core/testing'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

// The forms of secrets follow the documentation of their issuers; the values are made up. Parts are joined so that no
// scanner takes them for real ones.
const PEM = `-----BEGIN ${'PRIVATE'} KEY-----\nMIIEvQIBADANBgkq\n-----END ${'PRIVATE'} KEY-----`
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N'

/** A value that only its JSON shows. */
class Hidden {
  readonly #value: unknown

  constructor(value: unknown) {
    this.#value = value
  }

  toJSON(): unknown {
    return this.#value
  }
}

/** A name, what is logged, and the part of it that must not appear. */
const secrets: ReadonlyArray<readonly [name: string, fields: object, message: string, secret: string]> = [
  ['an authorization header', { headers: { authorization: 'Bearer abc.def-123' } }, 'x', 'abc.def-123'],
  ['a capitalized header', { headers: { Authorization: 'Basic dXNlcjpwYXNz' } }, 'x', 'dXNlcjpwYXNz'],
  ['a proxy-authorization header', { headers: { 'proxy-authorization': 'abcdef1' } }, 'x', 'abcdef1'],
  ['a cookie header', { headers: { cookie: 'sid=s3cr3t-sid' } }, 'x', 's3cr3t-sid'],
  ['a set-cookie list', { headers: { 'set-cookie': ['sid=s3cr3t-two; Path=/'] } }, 'x', 's3cr3t-two'],
  ['an x-api-key header', { headers: { 'x-api-key': 'key-1234567' } }, 'x', 'key-1234567'],
  ['an x-auth-token header', { headers: { 'x-auth-token': 'tok-1234567' } }, 'x', 'tok-1234567'],
  ['raw headers', { rawHeaders: ['Host', 'a', 'Authorization', 'Custom zzz-999'] }, 'x', 'zzz-999'],
  [
    'a request of a class with a getter',
    {
      req: new (class {
        get headers() {
          return { cookie: 'a=getter-sid' }
        }
      })(),
    },
    'x',
    'getter-sid',
  ],
  ['a field password', { user: { password: 'hunter2' } }, 'x', 'hunter2'],
  ['a field in camel case', { config: { clientSecret: 'c-secret-1' } }, 'x', 'c-secret-1'],
  ['a list of tokens', { tokens: ['t-one-1', 't-two-2'] }, 'x', 't-two-2'],
  ['a numeric pin', { card: { pin: 4711 } }, 'x', '4711'],
  ['a URL with a password', { url: 'postgres://ada:l0velace@db:5432/app' }, 'x', 'l0velace'],
  ['a URL whose password has an @', { url: 'redis://:p@ssw0rd@cache:6379' }, 'x', 'ssw0rd'],
  ['a URL object', { url: new URL('https://u:p4ss-url@example.com/') }, 'x', 'p4ss-url'],
  [
    'a DSN with a key only',
    { url: 'https://0123456789abcdef0123@sentry.example/1' },
    'x',
    '0123456789abcdef0123',
  ],
  ['a token in a query', { url: '/callback?code=1&access_token=q-token-1' }, 'x', 'q-token-1'],
  ['a signed URL', { url: 'https://s3.example/x?X-Amz-Signature=9f8e7d6c' }, 'x', '9f8e7d6c'],
  ['a bearer token in a message', {}, 'refused Bearer mF_9.B5f-4.1JqM', 'mF_9.B5f-4.1JqM'],
  ['basic credentials in a message', {}, 'sent Basic QWxhZGRpbjpvcGVu', 'QWxhZGRpbjpvcGVu'],
  ['a header line in a message', {}, 'Cookie: theme=dark; sid=line-sid', 'line-sid'],
  ['key and value in a message', {}, 'connecting with password=open-sesame', 'open-sesame'],
  ['a password after a sentence', {}, 'Cannot read the password: hunter2-hunter', 'hunter2-hunter'],
  ['JSON in a message', {}, 'sent {"apiKey":"json-key-1","a":1}', 'json-key-1'],
  ['a JWT', {}, `rejected ${JWT}`, 'dozjgNryP4J3jVmNHl0w5N'],
  ['a private key', { file: PEM }, 'x', 'MIIEvQIBADANBgkq'],
  ['a key of a payment provider', {}, `used ${'sk_live'}_4eC39HqLyjWDarjtT1`, '4eC39HqLyjWDarjtT1'],
  ['a token of a code host', {}, `used ${'ghp'}_16C7e42F292c6912E7710c`, '16C7e42F292c6912E7710c'],
  ['a token of a chat', {}, `used ${'xoxb'}-17653672481-19874698323`, '19874698323'],
  ['an access key of a cloud', {}, `used ${'AKIA'}IOSFODNN7EXAMPLE`, 'IOSFODNN7EXAMPLE'],
  ['the message of an error', { err: new Error('connect postgres://u:err-pass-1@db') }, 'x', 'err-pass-1'],
  [
    'the cause of an error',
    { err: new Error('no', { cause: new Error('token=cause-token') }) },
    'x',
    'cause-token',
  ],
  [
    'an error inside an aggregate',
    { err: new AggregateError([new Error('pwd=inner-pwd')], 'two') },
    'x',
    'inner-pwd',
  ],
  [
    'a property of an error',
    { err: Object.assign(new Error('no'), { config: 'x', authToken: 'prop-tok' }) },
    'x',
    'prop-tok',
  ],
  ['a secret setting', { note: 'the value is Tr0ub4dor' }, 'x', 'Tr0ub4dor'],
  ['a secret setting inside an error', { err: new Error('login with Tr0ub4dor failed') }, 'x', 'Tr0ub4dor'],
  ['JSON inside of JSON', {}, String.raw`sent {\"password\":\"esc-one-1\"}`, 'esc-one-1'],
  ['JSON inside of JSON inside of JSON', {}, String.raw`{\\\"apiKey\\\":\\\"esc-two-2\\\"}`, 'esc-two-2'],
  ['a header in JSON inside of JSON', {}, String.raw`{\"authorization\":\"Token esc-auth\"}`, 'esc-auth'],
  ['a cookie in JSON inside of JSON', {}, String.raw`{\"cookie\":\"sid=esc-sid\"}`, 'esc-sid'],
  ['a quoted password with spaces', {}, `host=db password='correct horse' user=a`, 'horse'],
  ['a quoted password with a quote', {}, JSON.stringify({ password: 'ab"cd-ef-1' }), 'cd-ef-1'],
  ['credentials of Digest', {}, 'Authorization: Digest username="M", response="66f29fae4"', '66f29fae4'],
  ['the password of a mail server', { auth: { user: 'a', pass: 'mail-pw-1' } }, 'x', 'mail-pw-1'],
  ['a variable of the environment', {}, 'SMTP_PASS=smtp-pw-1', 'smtp-pw-1'],
  ['a passcode', { passcode: 'code-4711' }, 'x', 'code-4711'],
  ['a one-time password in a query', {}, '/confirm?user=1&otp=otp-12345', 'otp-12345'],
  ['a pin in JSON', {}, '{"pin":47114711}', '47114711'],
  ['a PGP key', { file: PEM.replaceAll(' KEY', ' KEY BLOCK') }, 'x', 'MIIEvQIBADANBgkq'],
  ['a URL inside of a URL', {}, '/login?next=%2Fa%3Fpassword%3Dnext-pw-1', 'next-pw-1'],
  ['the code of an OAuth client', {}, '/callback?code=SplxlOBeZQQYbYS6WxSbIA', 'SplxlOBeZQQYbYS6WxSbIA'],
  [
    'the address of a hook',
    {},
    `${'https://hooks.slack.com'}/services/T0000/B0000/hook-secret-1`,
    'hook-secret-1',
  ],
  ['the address of a bot', {}, `/${'bot'}123456789:AAFhook-secret-of-a-bot/getMe`, 'AAFhook-secret-of-a-bot'],
  ['a statement of SQL', {}, "CREATE USER ada PASSWORD 'sql pw 1'", 'sql pw 1'],
  ['another statement of SQL', {}, "CREATE USER ada IDENTIFIED BY 'sql-pw-2'", 'sql-pw-2'],
  ['an argument of a command', {}, 'Command failed: run --token arg-tok-1 --quiet', 'arg-tok-1'],
  ['the user of a command', {}, 'Command failed: curl -u admin:arg-pw-1 https://example.com', 'arg-pw-1'],
  ['headers of the Fetch API', { headers: new Headers({ cookie: 'sid=fetch-sid' }) }, 'x', 'fetch-sid'],
  [
    'a request of the Fetch API',
    { req: new Request('http://a/?token=fetch-tok', { headers: { authorization: 'fetch-auth' } }) },
    'x',
    'fetch-',
  ],
  ['parameters of a URL', { query: new URLSearchParams({ password: 'param-pw-1' }) }, 'x', 'param-pw-1'],
  ['a header as name and value', { list: [{ name: 'Cookie', value: 'sid=pair-sid' }] }, 'x', 'pair-sid'],
  ['a raw header of an issuer', { rawHeaders: ['Host', 'a', 'X-Vault-Token', 'vault-99'] }, 'x', 'vault-99'],
  [
    'entries of headers',
    {
      headers: [
        ['x-api-key', 'entry-99'],
        ['host', 'a'],
      ],
    },
    'x',
    'entry-99',
  ],
  ['entries of an object', { entries: Object.entries({ password: 'entry-pw-1' }) }, 'x', 'entry-pw-1'],
  ['a bearer token in a list of lists', { all: [[['a', 'Bearer list-99-a']]] }, 'x', 'list-99-a'],
  ['the name of a field', { cache: { 'postgres://ada:k3y-pw@db': 1 } }, 'x', 'k3y-pw'],
  ['the key of a map', { cache: new Map([['Bearer map-key-99', 1]]) }, 'x', 'map-key-99'],
  ['a symbol as a key', { [Symbol('password')]: 'symbol-pw-1' }, 'x', 'symbol-pw-1'],
  [
    'headers under a symbol',
    { req: { [Symbol('out')]: { cookie: ['Cookie', 'a=sym-sid'] } } },
    'x',
    'sym-sid',
  ],
  [
    'private fields that are an object in JSON',
    { all: [new Hidden({ password: 'pr1vate-1' })] },
    'x',
    'pr1vate-1',
  ],
  ['private fields that are a text in JSON', { all: new Hidden('Bearer pr1vate-2') }, 'x', 'pr1vate-2'],
  ['private fields in a map', { all: new Map([['a', new Hidden('Bearer pr1vate-3')]]) }, 'x', 'pr1vate-3'],
  [
    'private fields in an error',
    { err: Object.assign(new Error('x'), { owner: new Hidden({ apiKey: 'pr1vate-4' }) }) },
    'x',
    'pr1vate-4',
  ],
  ['a form', { body: form({ password: 'form-pw-1' }) }, 'x', 'form-pw-1'],
  ['a URL whose password has a slash', {}, 'Invalid URL: mysql://u:a/sl4sh-pw@db/x', 'sl4sh-pw'],
  ['a URL whose password has a hash', {}, 'connect amqp://u:a#h4sh-pw@db', 'h4sh-pw'],
  ['a URL whose password has a question mark', {}, 'connect redis://:a?qu3st-pw@db', 'qu3st-pw'],
  ['the input of an invalid URL', { err: invalidURL('postgres://u:p/inp-pw-1@db') }, 'x', 'inp-pw-1'],
  ['a URL of several hosts', {}, 'mongodb://u:m0ngo-pw@a:1,b:2/db?replicaSet=x', 'm0ngo-pw'],
  ['a key in a query', {}, 'GET https://maps/api?v=3&key=k3y-of-an-api-1', 'k3y-of-an-api'],
  [
    'the configuration of an HTTP client',
    { err: Object.assign(new Error('x'), { config: { headers: { Authorization: 'Bearer conf-99-a' } } }) },
    'x',
    'conf-99-a',
  ],
  [
    'an inner error',
    { err: new AggregateError([new Error('a', { cause: new Error('AWS_SECRET_ACCESS_KEY=aws-99-a') })]) },
    'x',
    'aws-99-a',
  ],
  ['a set', { all: new Set(['password=set-pw-1']) }, 'x', 'set-pw-1'],
  ['a deep field', nested(12, { password: 'deep-pw-1' }), 'x', 'deep-pw-1'],
  ['a field after many others', { many: [...wide(3_000), { password: 'wide-pw-1' }] }, 'x', 'wide-pw-1'],
  ['a secret setting inside of a URL', {}, '/a?x=s3t%20%22w0rd%22', 's3t%20'],
  ['a secret setting inside of JSON', {}, JSON.stringify({ x: 's3t "w0rd"' }), 'w0rd'],
  ['a secret setting as base64', {}, Buffer.from('Tr0ub4dor').toString('base64'), 'VHIwdWI0ZG9y'],
  ['the password of a setting with a URL', {}, 'login with s3tt1ng-url failed', 's3tt1ng-url'],
]

function written(write: (line: object) => void): Logger {
  const log = (fields: object, message: string) => write({ fields, message })
  return { debug: log, info: log, warn: log, error: log }
}

function form(fields: Readonly<Record<string, string>>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  return data
}

function invalidURL(text: string): unknown {
  try {
    return new URL(text)
  } catch (error) {
    return error
  }
}

function nested(depth: number, value: object): object {
  return depth === 0 ? value : { inner: nested(depth - 1, value) }
}

function wide(length: number): object[] {
  return Array.from({ length }, (_, id) => ({ id }))
}

async function appWith(logger: Parameters<typeof applicationOf>[0]) {
  const app = applicationOf(logger)
  await app.initialize()
  return app
}

function applicationOf(logger: NonNullable<ConstructorParameters<typeof Application>[0]>['logger']) {
  const host = new TestHost({
    env: {
      SIGNING_WORD: 'Tr0ub4dor',
      SECRET_PHRASE: 's3t "w0rd"',
      DATABASE_URL: 'postgres://a:s3tt1ng-url@db/x',
    },
  })
  const settings = defineSettings(
    z.object({ signingWord: z.string(), secretPhrase: z.string(), databaseUrl: z.string() }),
  )
  return new Application({ logger, host, settings })
}

describe.each([
  [
    'text',
    (lines: string[]) =>
      consoleLogger({ json: false, color: false, level: 'debug', write: (line) => lines.push(line) }),
  ],
  [
    'JSON',
    (lines: string[]) => consoleLogger({ json: true, level: 'debug', write: (line) => lines.push(line) }),
  ],
  [
    'pino',
    (lines: string[]) =>
      pino(
        { level: 'debug', serializers: { req: pino.stdSerializers.req } },
        { write: (line: string) => void lines.push(line) },
      ),
  ],
  ['the JSON of another logger', (lines: string[]) => written((line) => lines.push(JSON.stringify(line)))],
  ['what `console` shows', (lines: string[]) => written((line) => lines.push(inspect(line, { depth: 10 })))],
])('a log in %s', (_, loggerOf) => {
  test.each(secrets)('does not contain %s', async (_name, fields, message, secret) => {
    const lines: string[] = []
    const app = await appWith(loggerOf(lines))
    app.logger.error(fields, message)
    app.logger.child!(fields).info({}, message)
    expect(lines).toHaveLength(2)
    expect(lines.join('\n')).not.toContain(secret)
  })

  test('contains message, stack and cause of an error', async () => {
    const lines: string[] = []
    const app = await appWith(loggerOf(lines))
    app.logger.error({ err: new Error('outer', { cause: new TypeError('inner') }) }, 'failed')
    expect(lines.join('\n')).toMatch(/outer[\s\S]*redaction\.test\.ts[\s\S]*inner/)
  })
})

describe('a value without secrets', () => {
  const { value, text } = createRedactor(['a-secret-of-the-settings'])

  test('is logged as it is', () => {
    const error = new Error('no such user', { cause: new Error('404') })
    const fields = { err: error, user: { id: 1, name: 'Ada' }, list: [1, 'two'], tokens: 12, at: new Date(0) }
    expect(value(fields)).toMatchObject({ ...fields, tokens: '***' })
    expect(value({ err: error })).toEqual({ err: error })
    const same = { err: error }
    expect(value(same)).toBe(same)
  })

  test.each([
    'Unexpected token h in JSON at position 0',
    'Cannot resolve the token Mailer: no provider',
    'GET /users/:id 200 (3 ms)',
    'Cannot read WEBHOOK_SECRET: Invalid input: expected string, received undefined; it is not set.',
    'Cannot build Password: it is undefined. If it is imported, look for a circular import.',
    'Cannot register ApiKey: it has no factory. Add one.',
    'listening on http://localhost:8000',
    'GET http://localhost:4873/@myfy/core and http://[::1]:5173/@vite/client',
    'git+ssh://git@host:org/name@v1',
    '/orders?key=name&code=200',
    'at sign (file:///app/src/token.ts:14:9)',
    'the basic authentication of the client failed',
  ])('keeps the text %j', (line) => {
    expect(text(line)).toBe(line)
  })

  test.each([
    { args: ['token', 'list'], words: ['password', 'reset', 'form'], pairs: [['a', 'b']] },
    { at: new Date(0), bytes: Buffer.from('abc') },
    { price: { toJSON: () => '12.50' }, [Symbol('kind')]: 'order' },
  ])('keeps the fields %j', (fields) => {
    expect(value(fields)).toEqual(fields)
  })

  test('reads the fields of an object whose toJSON returns the object itself', () => {
    class Order {
      readonly id = 7
      readonly password = 'hunter22'
      toJSON() {
        return this
      }
    }
    expect({ ...(value(new Order()) as object) }).toMatchObject({ password: '***' })
    expect(jsonValue(new Order())).toEqual({ id: 7, password: 'hunter22' })
  })

  test('keeps the class of an error whose message has one', () => {
    const error = new TypeError('password=x1234567')
    const safe = value(error) as TypeError
    expect(safe).toBeInstanceOf(TypeError)
    expect(safe.message).toBe('password=***')
    expect(safe.stack).not.toContain('x1234567')
    expect(error.message).toContain('x1234567')
  })
})

test('the description of an error for people contains no secret', () => {
  const error = new Error('no', { cause: new Error('connect amqp://guest:gu3st-pw@mq failed') })
  expect(describeError(error)).toContain('amqp://guest:***@mq')
})

test.each([
  ['a word', 'a'],
  ['words of dashes', 'a-'],
  ['words of dots', 'a.'],
  ['beginnings of a URL', 'a://'],
  ['beginnings of credentials', 'a://b:c/'],
  ['beginnings of a JWT', 'eyJaaaaaaa-'],
  ['names without a value', 'token:'],
  ['names with spaces', 'password   '],
  ['beginnings of a header', 'cookie  '],
  ['quoted values', `password="x'`],
  ['values without an end', 'password="'],
  ['escaped quotes', String.raw`pin\\\"`],
  ['arguments', ' --token '],
  ['users of a command', ' -u a'],
  ['statements of SQL', "PASSWORD '"],
  ['hooks', '/api/webhooks/1'],
])('200 kB of %s are searched in linear time', (_, part) => {
  // In quadratic time each would take minutes.
  const text = part.repeat(200_000 / part.length)
  expect(createRedactor().text(text).length).toBeGreaterThan(0)
})

describe('of the source in a code frame', () => {
  test.each([
    // What is left of a line: all but the literal.
    ['webhookSecret: z.string().min(8),', undefined],
    ['password: config.password,', undefined],
    ['const apiKey = await read(name)', undefined],
    ['headers: { authorization: request.headers.authorization },', undefined],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source code
    ['headers: { authorization: `Bearer ${token}` },', undefined],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source code
    ['url.searchParams.set("x", `a?token=${token}`)', undefined],
    ['function login(user: string, password: string): Promise<Session> {', undefined],
    ["webhookSecret: 'hunter2-hunter',", "webhookSecret: '***',"],
    ["secret: z.string().default('hunter2-hunter'),", "secret: z.string().default('***'),"],
    [
      'const password = process.env.PASSWORD ?? "hunter2-hunter"',
      'const password = process.env.PASSWORD ?? "***"',
    ],
    ['const password = `hunter2-hunter`', 'const password = ***'],
    ['card: { cardSecret: 47114711 },', 'card: { cardSecret: *** },'],
    ["run('mysql --password hunter2-hunter')", "run('mysql --password ***')"],
    ["connect('postgres://ada:hunter2-hunter@db/x')", "connect('postgres://ada:***@db/x')"],
    ['call() // password: hunter2-hunter', 'call() // password: ***'],
    ['call({ secret: read() }) // never hunter2', undefined],
  ])('%s', (line, expected = line) => {
    const frame = (code: string, color = (text: string) => text) =>
      `Error: no\n${color(`   9 | ${code}`)}\n${color('>')} 10 | ${code}\n     |   ^\n`
    const { text } = createRedactor()
    expect(text(frame(line))).toBe(frame(expected))
    const red = (part: string) => `\u001b[31m${part}\u001b[39m`
    if (!expected.endsWith('***')) expect(text(frame(line, red))).toBe(frame(expected, red))
  })

  test('does not free a secret setting, nor a log line that looks alike', () => {
    const { text } = createRedactor(['Tr0ub4dor'])
    expect(text('> 10 | connect({ password: Tr0ub4dor })')).toBe('> 10 | connect({ password: *** })')
    expect(text('10 | password: hunter2-hunter')).toBe('10 | password: ***')
  })
})
