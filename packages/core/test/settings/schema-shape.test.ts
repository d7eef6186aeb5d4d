// A table of schema shapes, each by zod, valibot and arktype, read from every source that can carry it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineSettings, Environment } from '@myfy/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readSettings } from '../../src/settings/read-settings.ts'
import type { StandardSchema } from '../../src/settings/standard-schema.ts'

const cwd = mkdtempSync(join(tmpdir(), 'myfy-shapes-'))
afterAll(() => rmSync(cwd, { recursive: true }))

interface Row {
  readonly title: string
  readonly schemas: Readonly<Record<string, unknown>>
  readonly set: Readonly<Record<string, string>>
  readonly expected: unknown
}

const pool = {
  zod: z.object({ maxSize: z.number().default(10), ssl: z.boolean().default(false) }),
  valibot: v.object({ maxSize: v.optional(v.number(), 10), ssl: v.optional(v.boolean(), false) }),
  arktype: type({ maxSize: 'number = 10', ssl: 'boolean = false' }),
}
const smtp = {
  zod: z.object({ host: z.string(), port: z.number().default(25) }),
  valibot: v.object({ host: v.string(), port: v.optional(v.number(), 25) }),
  arktype: type({ host: 'string', port: 'number = 25' }),
}
const withId = z.object({ maxSize: z.number() }).meta({ id: 'ShapePool' })
const store = {
  zod: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('s3'), bucket: z.string() }),
    z.object({ kind: z.literal('disk'), path: z.string(), quota: z.number() }),
  ]),
  valibot: v.variant('kind', [
    v.object({ kind: v.literal('s3'), bucket: v.string() }),
    v.object({ kind: v.literal('disk'), path: v.string(), quota: v.number() }),
  ]),
  arktype: type({ kind: "'s3'", bucket: 'string' }).or({ kind: "'disk'", path: 'string', quota: 'number' }),
}

/** The same object by three libraries. */
const object = (zod: z.ZodRawShape, valibot: v.ObjectEntries, arktype?: unknown): Row['schemas'] => ({
  zod: z.object(zod),
  valibot: v.object(valibot),
  ...(arktype ? { arktype: type(arktype as never) } : {}),
})

const rows: readonly Row[] = [
  {
    title: 'a nested object by its keys',
    schemas: object({ pool: pool.zod }, { pool: pool.valibot }, { pool: pool.arktype }),
    set: { POOL__MAX_SIZE: '25' },
    expected: { pool: { maxSize: 25, ssl: false } },
  },
  {
    title: 'a nested object as JSON',
    schemas: object({ pool: pool.zod }, { pool: pool.valibot }, { pool: pool.arktype }),
    set: { POOL: '{"maxSize":25}' },
    expected: { pool: { maxSize: 25, ssl: false } },
  },
  {
    title: 'a nested object as JSON under the variables of its keys',
    schemas: object({ pool: pool.zod }, { pool: pool.valibot }, { pool: pool.arktype }),
    set: { POOL: '{"maxSize":25,"ssl":false}', POOL__SSL: 'yes' },
    expected: { pool: { maxSize: 25, ssl: true } },
  },
  {
    title: 'a nested object with defaults, of which nothing is set',
    schemas: object({ pool: pool.zod }, { pool: pool.valibot }, { pool: pool.arktype }),
    set: {},
    expected: { pool: { maxSize: 10, ssl: false } },
  },
  {
    title: 'an optional object, of which nothing is set',
    schemas: object(
      { smtp: smtp.zod.optional() },
      { smtp: v.optional(smtp.valibot) },
      { 'smtp?': smtp.arktype },
    ),
    set: {},
    expected: {},
  },
  {
    title: 'an optional object, of which a key is set',
    schemas: object(
      { smtp: smtp.zod.optional() },
      { smtp: v.optional(smtp.valibot) },
      { 'smtp?': smtp.arktype },
    ),
    set: { SMTP__HOST: 'mail' },
    expected: { smtp: { host: 'mail', port: 25 } },
  },
  {
    title: 'a nullable object with a default',
    schemas: object(
      { smtp: smtp.zod.nullable().default(null) },
      { smtp: v.nullish(smtp.valibot, null) },
      { smtp: smtp.arktype.or('null').default(null) },
    ),
    set: { SMTP__HOST: 'mail' },
    expected: { smtp: { host: 'mail', port: 25 } },
  },
  {
    title: 'a nullable object with a default, of which nothing is set',
    schemas: object(
      { smtp: smtp.zod.nullable().default(null) },
      { smtp: v.nullish(smtp.valibot, null) },
      { smtp: smtp.arktype.or('null').default(null) },
    ),
    set: {},
    expected: { smtp: null },
  },
  {
    title: 'an object with an id, by reference',
    schemas: { zod: z.object({ pool: withId, other: withId }) },
    set: { POOL__MAX_SIZE: '1', OTHER__MAX_SIZE: '2' },
    expected: { pool: { maxSize: 1 }, other: { maxSize: 2 } },
  },
  {
    title: 'a nullable number',
    schemas: object({ n: z.number().nullable() }, { n: v.nullable(v.number()) }, { n: 'number | null' }),
    set: { N: '3' },
    expected: { n: 3 },
  },
  {
    title: 'a nullable number that is null',
    schemas: object({ n: z.number().nullable() }, { n: v.nullable(v.number()) }, { n: 'number | null' }),
    set: { N: 'null' },
    expected: { n: null },
  },
  {
    title: 'a number or a word',
    schemas: object(
      { w: z.union([z.number(), z.literal('auto')]), x: z.union([z.number(), z.literal('auto')]) },
      { w: v.union([v.number(), v.literal('auto')]), x: v.union([v.number(), v.literal('auto')]) },
      { w: "number | 'auto'", x: "number | 'auto'" },
    ),
    set: { W: '8', X: 'auto' },
    expected: { w: 8, x: 'auto' },
  },
  {
    title: 'a boolean or text',
    schemas: object(
      { t: z.union([z.boolean(), z.string()]), u: z.union([z.boolean(), z.string()]) },
      { t: v.union([v.boolean(), v.string()]), u: v.union([v.boolean(), v.string()]) },
      { t: 'boolean | string', u: 'boolean | string' },
    ),
    set: { T: 'true', U: '10.0.0.0/8' },
    expected: { t: true, u: '10.0.0.0/8' },
  },
  {
    title: 'constants that are numbers',
    schemas: object(
      { l: z.union([z.literal(1), z.literal(2)]), p: z.literal(8080) },
      { l: v.picklist([1, 2]), p: v.literal(8080) },
      { l: '1 | 2', p: '8080' },
    ),
    set: { L: '2', P: '8080' },
    expected: { l: 2, p: 8080 },
  },
  {
    title: 'a discriminated union of objects',
    schemas: object({ store: store.zod }, { store: store.valibot }, { store: store.arktype }),
    set: { STORE__KIND: 'disk', STORE__PATH: '/d', STORE__QUOTA: '5' },
    expected: { store: { kind: 'disk', path: '/d', quota: 5 } },
  },
  {
    title: 'a discriminated union at the top',
    schemas: { zod: store.zod, valibot: store.valibot, arktype: store.arktype },
    set: { KIND: 'disk', PATH: '/d', QUOTA: '5' },
    expected: { kind: 'disk', path: '/d', quota: 5 },
  },
  {
    title: 'an intersection',
    schemas: {
      zod: z.object({ a: z.number() }).and(z.object({ b: z.boolean() })),
      valibot: v.intersect([v.object({ a: v.number() }), v.object({ b: v.boolean() })]),
      arktype: type({ a: 'number' }).and({ b: 'boolean' }),
    },
    set: { A: '1', B: 'no' },
    expected: { a: 1, b: false },
  },
  {
    title: 'a list of numbers',
    schemas: object({ ports: z.array(z.number()) }, { ports: v.array(v.number()) }, { ports: 'number[]' }),
    set: { PORTS: '1, 2,3,' },
    expected: { ports: [1, 2, 3] },
  },
  {
    title: 'a list of numbers as JSON',
    schemas: object({ ports: z.array(z.number()) }, { ports: v.array(v.number()) }, { ports: 'number[]' }),
    set: { PORTS: '[1,2,3]' },
    expected: { ports: [1, 2, 3] },
  },
  {
    title: 'a list of addresses in brackets',
    schemas: object({ hosts: z.array(z.string()) }, { hosts: v.array(v.string()) }, { hosts: 'string[]' }),
    set: { HOSTS: '[::1]:8080,[::2]:8080' },
    expected: { hosts: ['[::1]:8080', '[::2]:8080'] },
  },
  {
    title: 'a list of objects as JSON',
    schemas: object(
      { s: z.array(z.object({ port: z.number() })) },
      { s: v.array(v.object({ port: v.number() })) },
      { s: type({ port: 'number' }).array() },
    ),
    set: { S: '[{"port":1}]' },
    expected: { s: [{ port: 1 }] },
  },
  {
    title: 'a list of objects by their numbers',
    schemas: object(
      { s: z.array(z.object({ port: z.number() })) },
      { s: v.array(v.object({ port: v.number() })) },
      { s: type({ port: 'number' }).array() },
    ),
    set: { S__0__PORT: '1', S__1__PORT: '2' },
    expected: { s: [{ port: 1 }, { port: 2 }] },
  },
  {
    title: 'a list of numbers by their numbers',
    schemas: object({ ports: z.array(z.number()) }, { ports: v.array(v.number()) }, { ports: 'number[]' }),
    set: { PORTS__0: '1', PORTS__1: '2' },
    expected: { ports: [1, 2] },
  },
  {
    title: 'a tuple',
    schemas: object(
      { r: z.tuple([z.number(), z.string()]) },
      { r: v.tuple([v.number(), v.string()]) },
      { r: ['number', 'string'] },
    ),
    set: { R: '1,2' },
    expected: { r: [1, '2'] },
  },
  {
    title: 'a record by its keys',
    schemas: object(
      { labels: z.record(z.string(), z.number()) },
      { labels: v.record(v.string(), v.number()) },
      { labels: { '[string]': 'number' } },
    ),
    set: { LABELS__A: '1', LABELS__TEAM_NAME: '2' },
    expected: { labels: { a: 1, teamName: 2 } },
  },
  {
    title: 'a record as JSON',
    schemas: object(
      { labels: z.record(z.string(), z.number()) },
      { labels: v.record(v.string(), v.number()) },
      { labels: { '[string]': 'number' } },
    ),
    set: { LABELS: '{"a":1}' },
    expected: { labels: { a: 1 } },
  },
  {
    title: 'a bigint',
    schemas: object({ b: z.bigint() }, { b: v.bigint() }),
    set: { B: '9007199254740993' },
    expected: { b: 9007199254740993n },
  },
  {
    title: 'a number beside a date, which has no JSON Schema',
    schemas: object(
      { d: z.coerce.date(), n: z.number(), b: z.boolean(), l: z.array(z.string()) },
      {
        d: v.pipe(
          v.string(),
          v.transform((text) => new Date(text)),
        ),
        n: v.number(),
        b: v.boolean(),
        l: v.array(v.string()),
      },
    ),
    set: { D: '2026-01-02', N: '3', B: 'off', L: 'a,b' },
    expected: { d: new Date('2026-01-02'), n: 3, b: false, l: ['a', 'b'] },
  },
  {
    title: 'a lazy object',
    schemas: object(
      { n: z.lazy(() => z.object({ m: z.number() })) },
      { n: v.lazy(() => v.object({ m: v.number() })) },
    ),
    set: { N__M: '1' },
    expected: { n: { m: 1 } },
  },
  {
    title: 'wrappers around a number',
    schemas: {
      zod: z.object({
        caught: z.number().catch(7),
        branded: z.number().brand('x').readonly(),
        before: z.preprocess((value) => value, z.number()),
        coerced: z.coerce.number(),
        after: z.string().transform(Number).pipe(z.number()),
      }),
    },
    set: { CAUGHT: '1', BRANDED: '2', BEFORE: '3', COERCED: '4', AFTER: '5' },
    expected: { caught: 1, branded: 2, before: 3, coerced: 4, after: 5 },
  },
]

const sources: Readonly<Record<string, (set: Row['set']) => Promise<Environment>>> = {
  variables: (set) => Environment.read(set, cwd),
  'the env file': async (set) => {
    const lines = Object.entries(set).map(([name, value]) => `${name}='${value}'`)
    writeFileSync(join(cwd, '.env'), lines.join('\n'))
    const environment = await Environment.read({}, cwd)
    rmSync(join(cwd, '.env'))
    return environment
  },
  'files with one value': (set) => {
    const pointers = Object.entries(set).map(([name, value]) => {
      writeFileSync(join(cwd, name), `${value}\n`)
      return [`${name}_FILE`, join(cwd, name)]
    })
    return Environment.read(Object.fromEntries(pointers) as Record<string, string>, cwd)
  },
}

const cases = rows.flatMap((row) => Object.keys(row.schemas).map((library) => ({ ...row, library })))

describe.each(Object.keys(sources))('from %s', (source) => {
  test.each(cases)('$library reads $title', async ({ schemas, library, set, expected }) => {
    const settings = defineSettings(schemas[library] as StandardSchema)
    expect(await readSettings(settings, await sources[source]!(set))).toMatchObject({
      problems: [],
      value: expected,
    })
  })
})
