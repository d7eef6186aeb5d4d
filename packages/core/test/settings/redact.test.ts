// The value of a secret appears in no message, whatever it is called and whatever it looks like.
import { defineSettings, Environment } from '@myfy/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readSettings } from '../../src/settings/read-settings.ts'
import type { StandardSchema } from '../../src/settings/standard-schema.ts'

/** Variables and values of which no message contains `geheim`. */
const secrets: Readonly<Record<string, string>> = {
  DATABASE_PASSWORD: 'geheim1',
  DB_PWD: 'geheim2',
  CONNECTION_STRING: 'Server=h;User Id=u;Password=geheim3',
  SQL_CONN: 'Data Source=h;pwd=geheim4',
  JWT: 'eyJhbGciOi.geheim5.x',
  SERVICE_ACCOUNT: '{"private_key":"geheim6"}',
  SLACK_WEBHOOK_URL: 'https://hooks.example.com/services/T0/B0/geheim7',
  REDIS_URL: 'redis://:geheim8@h:6379',
  DATABASE_URL: 'postgres://u:geheim9@h/d',
  MONGO_URI: 'mongodb+srv://u:geheim10@h',
  AMQP: 'amqp://u:x/geheim11@h',
  ENCRYPTION_IV: 'geheim12',
  SENTRY_DSN: 'https://geheim13@o.example.com/1',
  S3_ACCESS: 'AKIAgeheim14',
  HTTP_BASIC: 'user:geheim15',
  BEARER: 'Bearer geheim16',
  PIN: '1234geheim17',
  SALT: 'geheim18',
  LICENSE: 'geheim19',
  PASSPHRASE: 'geheim20',
  SIGNING: 'geheim21',
  READ_URL: 'postgres://h/d?user=u&password=geheim22',
  CALLBACK: 'https://x.example.com/?token=geheim23',
  UPSTREAM: 'https://x.example.com/geheim24/hook',
  HEADER: 'X-Api: geheim25geheim25geheim25',
  PEM: '-----BEGIN PRIVATE KEY-----\ngeheim26\n-----END PRIVATE KEY-----',
  OPAQUE: 'geheim27A9f3KqZ8',
  LIST: 'one,geheim28@host,three',
  COOKIE: 'sid=geheim29',
  GENERIC: 'geheim30-4f9a-88b1-c0ffee',
  NESTED_JSON: '[{"a":"geheim31/x"}]',
}

const key = (name: string) =>
  name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** Schemas that refuse every value, each in its own words. */
const refusals: Readonly<Record<string, (name: string) => unknown>> = {
  'a refined text of zod': (name) => z.object({ [name]: z.string().refine(() => false, 'is not accepted') }),
  'a text of zod that quotes its input': (name) =>
    z.object({
      [name]: z.string().superRefine((value, context) => context.addIssue(`refused "${value}" (${value})`)),
    }),
  'a number of zod': (name) => z.object({ [name]: z.number() }),
  'a URL of zod': (name) => z.object({ [name]: z.url({ protocol: /^never$/ }) }),
  'a list of zod': (name) => z.object({ [name]: z.array(z.number()).min(9) }),
  'a text of valibot': (name) => v.object({ [name]: v.pipe(v.string(), v.startsWith('never')) }),
  'a number of valibot': (name) => v.object({ [name]: v.number() }),
  'a picklist of valibot': (name) => v.object({ [name]: v.picklist(['never']) }),
  'a text of arktype': (name) => type({ [name]: /^never/ } as never),
  'a number of arktype': (name) => type({ [name]: 'number' } as never),
  'a literal of arktype': (name) => type({ [name]: "'never'" } as never),
}

describe.each(Object.keys(refusals))('%s', (refusal) => {
  test.each(Object.entries(secrets))('does not print %s', async (variable, value) => {
    const settings = defineSettings(refusals[refusal]!(key(variable)) as StandardSchema)
    const environment = new Environment([{ name: 'environment', values: { [variable]: value } }])
    const { problems } = await readSettings(settings, environment)
    expect(problems.join('\n')).toContain(variable)
    expect(problems.join('\n')).not.toContain('geheim')
  })
})

test.each([
  ['a number', { port: z.number() }, { PORT: 'eight' }, '"eight"'],
  ['a boolean', { debug: z.boolean() }, { DEBUG: 'maybe' }, '"maybe"'],
  ['one of a few words', { level: z.enum(['info', 'debug']) }, { LEVEL: 'verbose' }, '"verbose"'],
])('a value that should be %s is printed', async (_, shape, values, printed) => {
  const environment = new Environment([{ name: 'environment', values }])
  const { problems } = await readSettings(defineSettings(z.object(shape)), environment)
  expect(problems.join('\n')).toContain(`got ${printed} from environment`)
})
