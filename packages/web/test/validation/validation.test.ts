import { defineRoutes, type RouteSpec } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { z as z3 } from 'zod/v3'

interface Problem {
  readonly in: string
  readonly path: string
  readonly detail: string
}

async function post(body: RouteSpec['body'], json: unknown) {
  const routes = defineRoutes(
    '',
    (route) => void route.post('/', { body: body!, bodyLimit: 8_388_608 }, ({ body }) => body),
  )
  await using client = await createTestClient({ routes: [routes] })
  const response = await client.post('/', { json })
  const text = await response.text()
  return { status: response.status, text, errors: (JSON.parse(text) as { errors: Problem[] }).errors }
}

const secret = 'hunter2secret'

describe('a 422 contains nothing that the client sent', () => {
  const numbers = {
    'zod 4': z.object({ a: z.number() }),
    'zod 3': z3.object({ a: z3.number() }),
    valibot: v.object({ a: v.number() }),
    arktype: type({ a: 'number' }),
  }
  const options = {
    'zod 4': z.object({ a: z.enum(['on', 'off']) }),
    'zod 3': z3.object({ a: z3.enum(['on', 'off']) }),
    valibot: v.object({ a: v.picklist(['on', 'off']) }),
    arktype: type({ a: "'on' | 'off'" }),
  }
  const closed = {
    'zod 4': z.strictObject({ a: z.number().optional() }),
    'zod 3': z3.object({ a: z3.number().optional() }).strict(),
    valibot: v.strictObject({ a: v.optional(v.number()) }),
    arktype: type({ '+': 'reject', 'a?': 'number' }),
  }
  const records = {
    'zod 4': z.record(z.string(), z.number()),
    'zod 3': z3.record(z3.number()),
    arktype: type({ '[string]': 'number' }),
  }
  const emails = {
    'zod 4': z.object({ a: z.email() }),
    'zod 3': z3.object({ a: z3.string().email() }),
    valibot: v.object({ a: v.pipe(v.string(), v.email()) }),
    arktype: type({ a: 'string.email' }),
  }
  const custom = {
    'zod 4': z.object({ a: z.string().refine(() => false, { error: ({ input }) => `bad: ${input}` }) }),
    valibot: v.object({
      a: v.pipe(
        v.string(),
        v.check(
          () => false,
          (issue) => `bad ${issue.received}`,
        ),
      ),
    }),
  }
  const cases: ReadonlyArray<readonly [what: string, Record<string, unknown>, sent: unknown]> = [
    ['a text in place of a number', numbers, { a: secret }],
    ['a text outside of an enumeration', options, { a: secret }],
    ['a name that is not declared', closed, { [secret]: 1 }],
    ['several names that are not declared', closed, { [secret]: 1, [`${secret}2`]: 2 }],
    ['a name with quotes', closed, { [`"${secret}" (was "`]: 1 }],
    ['a key of a record', records, { [secret]: 'x' }],
    ['a value of a record', records, { ok: secret }],
    ['an invalid address', emails, { a: secret }],
    ['a value that a custom message quotes', custom, { a: secret }],
    ['a list in place of an object', numbers, [secret]],
    ['an object in place of a number', numbers, { a: { [secret]: secret } }],
  ]
  test.each(
    cases.flatMap(([what, schemas, sent]) =>
      Object.entries(schemas).map(
        ([library, schema]) => [what, library, schema as RouteSpec['body'], sent] as const,
      ),
    ),
  )('%s, %s', async (_what, _library, schema, sent) => {
    const { status, text, errors } = await post(schema, sent)
    expect(status).toBe(422)
    expect(errors.length).toBeGreaterThan(0)
    expect(text).not.toContain(secret)
    for (const { detail } of errors) expect(detail).toMatch(/^\w[^"]*/)
  })

  test('names the place of declared properties and list items, and replaces other names', async () => {
    const schema = z.object({
      items: z.array(z.object({ name: z.string() })),
      byName: z.record(z.string(), z.number()),
    })
    const { errors } = await post(schema, { items: [{ name: 'a' }, {}], byName: { [secret]: 'x' } })
    expect(errors.map(({ path }) => path)).toEqual(['items.1.name', 'byName.*'])
  })

  test('states the expectation of the library', async () => {
    expect((await post(numbers['zod 4'], { a: 'x' })).errors[0]!.detail).toBe(
      'Invalid input: expected number',
    )
    expect((await post(numbers.valibot, { a: 'x' })).errors[0]!.detail).toBe('Invalid type: Expected number')
    expect((await post(numbers.arktype, { a: 'x' })).errors[0]!.detail).toBe('a must be a number')
    expect((await post(closed['zod 4'], { [secret]: 1 })).errors[0]!.detail).toBe('Unrecognized key')
    expect((await post(options['zod 4'], { a: 'x' })).errors[0]!.detail).toBe(
      'Invalid option: expected one of "on"|"off"',
    )
  })
})

describe('a 422 is bounded', () => {
  test('has at most 100 problems', async () => {
    const { errors } = await post(
      z.array(z.number()),
      Array.from({ length: 5_000 }, () => 'x'),
    )
    expect(errors).toHaveLength(100)
  })

  // Each of these made a pattern backtrack, or was sent back as a whole.
  test.each([
    ['a name of 1 MiB', { [' (was '.repeat(174_000)]: 1 }],
    ['a value of 4 MiB', { a: ' but received '.repeat(300_000) }],
    ['100,000 names', Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 1]))],
    ['a nesting of 1,000', JSON.parse(`${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`)],
  ])('is short for %s', async (_what, sent) => {
    for (const schema of [
      z.strictObject({ a: z.number().optional() }),
      v.strictObject({ a: v.optional(v.number()) }),
      type({ '+': 'reject', 'a?': 'number' }),
    ]) {
      const { status, text } = await post(schema, sent)
      expect(status).toBe(422)
      expect(text.length).toBeLessThan(20_000)
    }
  })
})

describe('a query name that occurs once', () => {
  const schemas = {
    zod: z.object({ tag: z.array(z.string()) }),
    'zod 3': z3.object({ tag: z3.array(z3.string()) }),
    valibot: v.object({ tag: v.array(v.string()) }),
    arktype: type({ tag: 'string[]' }),
    'zod, asynchronous': z.object({ tag: z.array(z.string()).refine(async () => true) }),
    'zod, optional': z.object({ tag: z.array(z.string()).optional() }),
    'zod, default': z.object({ tag: z.array(z.string()).default([]) }),
    'zod, strict': z.strictObject({ tag: z.array(z.string()) }),
  }

  async function get(query: RouteSpec['query'], search: string) {
    const routes = defineRoutes('', (route) => void route.get('/', { query: query! }, ({ query }) => query))
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get(`/${search}`)
    return [response.status, (await response.json()) as { errors?: Problem[] }] as const
  }

  // The OpenAPI default `style: form, explode: true` sends a list of one as `?tag=a`.
  test.each(Object.entries(schemas))('is a list where the schema expects one: %s', async (_, schema) => {
    expect(await get(schema, '?tag=a')).toEqual([200, { tag: ['a'] }])
    expect(await get(schema, '?tag=a&tag=b')).toEqual([200, { tag: ['a', 'b'] }])
  })

  test('is a list of converted items, beside names that are not lists', async () => {
    const schema = z.object({ id: z.array(z.coerce.number()), page: z.coerce.number(), q: z.string() })
    expect(await get(schema, '?id=1&page=2&q=x')).toEqual([200, { id: [1], page: 2, q: 'x' }])
  })

  test('stays a text where the schema accepts both', async () => {
    expect(await get(z.object({ tag: z.union([z.string(), z.array(z.string())]) }), '?tag=a')).toEqual([
      200,
      { tag: 'a' },
    ])
  })

  test('is reported as it was when a list is invalid as well', async () => {
    const schema = z.object({ tag: z.array(z.string()), n: z.coerce.number() })
    const [status, body] = await get(schema, '?tag=a&n=x')
    expect([status, body.errors]).toEqual([
      422,
      [{ in: 'query', path: 'n', detail: 'Invalid input: expected number' }],
    ])
    const [, min] = await get(z.object({ tag: z.array(z.string()).min(2) }), '?tag=a')
    expect(min.errors).toEqual([{ in: 'query', path: 'tag', detail: expect.stringMatching(/>=\s?2/) }])
  })
})
