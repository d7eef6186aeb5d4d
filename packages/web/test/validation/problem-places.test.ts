// The place of a problem, whatever library found it and wherever the value came from.

import { Application, consoleLogger, defineSettings } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { defineRoutes, form, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { recordingApp } from '../recording.ts'

interface Problem {
  readonly in: string
  readonly path: string
}

const lists = {
  zod: z.array(z.object({ a: z.number() })),
  valibot: v.array(v.object({ a: v.number() })),
  arktype: type({ a: 'number' }).array(),
}
const texts = {
  zod: z.string().min(1),
  valibot: v.pipe(v.string(), v.minLength(1)),
  arktype: type('string > 0'),
}

describe.each(['zod', 'valibot', 'arktype'] as const)('%s', (library) => {
  const routes = defineRoutes('', (route) => [
    route.post('/list', { body: lists[library] }, () => 'ok'),
    route.post('/text', { body: texts[library] }, () => 'ok'),
    route.post('/form', { body: form({ title: texts[library] }) }, () => 'ok'),
    route.get('/answer', { response: lists[library] }, () => [{ a: 'text' }] as never),
  ])
  const problems = async (path: string, body: unknown) => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post(path, body instanceof URLSearchParams ? { body } : { json: body })
    return ((await response.json()) as { errors: Problem[] }).errors.map(({ path }) => path)
  }

  test.each([
    ['the value itself', '/list', {}, ['']],
    ['the text itself', '/text', '', ['']],
    ['a key below an element', '/list', [{ a: 1 }, { a: 'x' }], ['1.a']],
    ['an empty field of a form', '/form', new URLSearchParams({ title: '' }), ['title']],
    ['a field that a form does not have', '/form', new URLSearchParams({ other: 'x' }), ['title']],
  ])('names %s', async (_, path, body, places) => {
    expect(await problems(path, body)).toEqual(places)
  })

  test('names the key of an answer that its schema refuses, in the log', async () => {
    const { logger, lines } = recordingApp()
    const app = new Application({ logger, modules: [new WebModule({ routes: [routes] })] })
    await using client = await createTestClient(app)
    expect((await client.get('/answer')).status).toBe(500)
    const { err } = lines.find(({ level }) => level === 'error')!.fields as { err: Error }
    expect(err.message).toMatch(/does not match the response schema \(.*0.?\.a\b/)
  })

  test('names the variable of a setting', async () => {
    const object = {
      zod: z.object({ token: z.string().min(5) }),
      valibot: v.object({ token: v.pipe(v.string(), v.minLength(5)) }),
      arktype: type({ token: 'string >= 5' }),
    }[library]
    const app = new Application({
      settings: defineSettings(object as z.ZodObject),
      host: new TestHost(),
      logger: consoleLogger({ level: 'silent' }),
    })
    await expect(app.initialize()).rejects.toThrow(/Cannot read TOKEN: /)
  })
})

describe('a schema of parameters that expects a name that the path does not contain', () => {
  const schemas = {
    zod: z.object({ idd: z.string() }),
    valibot: v.object({ idd: v.string() }),
    arktype: type({ idd: 'string' }),
  }
  test.each(Object.entries(schemas))(
    'is a mistake of the server, which the log names: %s',
    async (_, params) => {
      const { logger, lines } = recordingApp()
      const routes = defineRoutes('/users', (route) => [
        route.get('/:id', { params: params as z.ZodObject }, () => 'ok'),
      ])
      const app = new Application({ logger, modules: [new WebModule({ routes: [routes] })] })
      await using client = await createTestClient(app)
      expect((await client.get('/users/1')).status).toBe(500)
      const { err } = lines.find(({ level }) => level === 'error')!.fields as { err: Error }
      expect(err.message).toBe(
        "Cannot declare route GET /users/:id: its schema of params expects 'idd', which its path does not contain. Write :idd in the path, or rename the key of the schema.",
      )
    },
  )

  test.each([
    ['/a/:id', '/a/x', z.object({ id: z.coerce.number() })],
    ['/a/:id?', '/a', z.object({ id: z.string() })],
    ['/a/:id(\\d+)', '/a/7', z.object({ id: z.literal('8') })],
    ['/a/v:major-:minor', '/a/v1-2', z.object({ major: z.literal('x'), minor: z.literal('y') })],
    ['/a/:name.json', '/a/b.json', z.object({ name: z.literal('x') })],
    ['/a/**:rest', '/a/b/c', z.object({ rest: z.literal('x') })],
    ['/a/**', '/a/b/c', z.object({ _: z.literal('x') })],
    ['/a/*', '/a/b', z.strictObject({ _0: z.literal('x') })],
  ])('is not one whose parameter is refused: %s', async (pattern, path, params) => {
    const routes = defineRoutes('', (route) => [
      route.get(pattern as '/a/:id', { params: params as never }, () => 'ok'),
    ])
    await using client = await createTestClient({ routes: [routes] })
    expect((await client.get(path)).status).toBe(422)
  })
})
