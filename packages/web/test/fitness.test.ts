import { Application } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { defineRoutes, HTTPTransport, type RouteBuilder, WebModule, type WebModuleOptions } from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { recordingApp } from './recording.ts'

/** What no type has seen: read from a file, computed, or imported in a circle. */
const unseen = (value: unknown) => value as never

const initialize = async (options: WebModuleOptions) => {
  await new Application({ host: new TestHost(), modules: [new WebModule(options)] }).initialize()
}
const module = (options: object) => () => initialize(options)
const route = (declare: (route: RouteBuilder<'/users'>) => unknown) => async () =>
  initialize({ routes: [defineRoutes('/users', (builder) => void declare(builder))] })
const handler = () => 'answered'

describe('an option that would be no limit is refused', () => {
  test.each<[what: string, call: () => Promise<void>, words: string]>([
    [
      'a body limit of NaN',
      module({ bodyLimit: Number.NaN }),
      'bodyLimit of WebModule is NaN; it must be a number of bytes, 0 or more',
    ],
    ['a body limit with a unit', module({ bodyLimit: '1mb' }), 'bodyLimit of WebModule is "1mb"'],
    [
      'a negative timeout',
      module({ timeout: -1 }),
      'timeout of WebModule is -1; it must be a number of ms, 0 or more',
    ],
    [
      'that of a route',
      route((r) => r.post('/', { bodyLimit: Number.NaN }, handler)),
      'bodyLimit of POST /users is NaN',
    ],
    [
      'the time of a route',
      route((r) => r.get('/', { timeout: Number.NaN }, handler)),
      'timeout of GET /users is NaN',
    ],
  ])('%s', async (_, call, words) => {
    await expect(call()).rejects.toMatchObject({
      code: 'MYFY_OPTION_INVALID',
      message: expect.stringContaining(words),
    })
  })

  test.each([
    [{ headersTimeout: Number.NaN }, 'headersTimeout of limits is NaN; it must be a number of ms, 0 or more'],
    [{ maxHeaderSize: -1 }, 'maxHeaderSize of limits is -1; it must be a number of bytes, 0 or more'],
    [
      { maxConnections: unseen('9') },
      'maxConnections of limits is "9"; it must be a number of connections, 0 or more',
    ],
  ])('%o of a connection, before anybody can connect', async (limits, words) => {
    const modules = [new WebModule({ transport: new HTTPTransport({ port: 0, limits }) })]
    const app = new Application({ host: new TestHost(), logger: recordingApp().logger, modules })
    let told: unknown
    app.on('failed', ({ error }) => {
      told = error
    })
    expect(await app.run()).toBe(1)
    expect(String(told)).toContain(words)
  })
})

describe('what a circular import left undefined is told', () => {
  test.each<[what: string, call: () => unknown, words: string]>([
    [
      'a group of routes',
      module({ routes: [undefined] }),
      'routes[0] of WebModule is undefined; it must be what defineRoutes(…) returns; if it is imported, look for a circular import',
    ],
    [
      'a middleware',
      module({ middleware: [handler, undefined] }),
      'middleware[1] of WebModule is undefined; it must be a function',
    ],
    [
      'the middleware of a route',
      route((r) => r.get('/', { middleware: [unseen(undefined)] }, handler)),
      'middleware[0] of GET /users is undefined',
    ],
    [
      'a schema',
      route((r) => r.post('/', { body: unseen(undefined) }, handler)),
      'POST /users: body is undefined, so nothing would be checked; if it is imported, look for a circular import, else leave it out',
    ],
    [
      'a handler',
      route((r) => r.get('/', unseen(undefined))),
      'GET /users: the last argument is the handler, a function',
    ],
  ])('%s', async (_, call, words) => {
    await expect(async () => call()).rejects.toThrow(words)
  })
})

describe('what is not meant is refused', () => {
  test.each<[what: string, call: () => unknown, words: string]>([
    [
      'one group for a list',
      module({ routes: defineRoutes('/a', () => {}) }),
      'routes of WebModule is of type object; it must be what defineRoutes(…) returns',
    ],
    [
      'a schema that is none',
      route((r) => r.post('/', { body: unseen({ name: 'text' }) }, handler)),
      'POST /users: body is no Standard Schema (zod, valibot, arktype)',
    ],
    [
      'a path that is none',
      route((r) => r.get(unseen(3), handler)),
      'the first argument is the path, a text',
    ],
    [
      'a spec that is none',
      route((r) => r.get('/', unseen(z), unseen(3))),
      'the last argument is the handler, a function',
    ],
    [
      'null for a spec',
      route((r) => r.get('/', unseen(null), unseen(handler))),
      'GET /users: between the path and the handler stands an object: { body, inject, … }',
    ],
    [
      'no declaration',
      () => defineRoutes('/users', unseen(undefined)),
      'the last argument of defineRoutes() declares the routes, a function',
    ],
  ])('%s', async (_, call, words) => {
    await expect(async () => call()).rejects.toThrow(words)
  })
})
