// The types of a route. The compiler is the test.

import { request, singleton, task, transient } from '@myfy/di'
import { defineRoutes, errors, type PathParams, type Query } from '@myfy/web'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

test('path parameters are inferred from the pattern and its prefix', () => {
  expectTypeOf<PathParams<'/users/:id/files/**:rest'>>().toEqualTypeOf<{
    readonly id: string
    readonly rest: string
  }>()
  expectTypeOf<PathParams<'/a/:b?'>>().toEqualTypeOf<{ readonly b?: string }>()
  expectTypeOf<keyof PathParams<'/static'>>().toBeNever()
  defineRoutes('/orgs/:org', (route) => {
    route.get('/users/:id', ({ params }) => {
      expectTypeOf(params).toEqualTypeOf<{ readonly org: string; readonly id: string }>()
      // @ts-expect-error the pattern has no parameter of this name
      params.name
    })
    route.get('/', ({ params, query }) => {
      expectTypeOf(params).toEqualTypeOf<{ readonly org: string }>()
      expectTypeOf(query).toEqualTypeOf<Query>()
    })
  })
})

test('the parts of a request have the output types of their schemas, and services the types of their tokens', () => {
  class Database {
    users(): string[] {
      return []
    }
  }
  const clock = singleton(() => ({ now: () => 0 }))
  defineRoutes('', (route) => {
    route.post(
      '/:id',
      {
        params: z.object({ id: z.coerce.number() }),
        body: z.object({ tags: z.array(z.string()) }),
        inject: { database: Database, clock },
      },
      ({ params, body, database, clock, signal }) => {
        expectTypeOf(params.id).toBeNumber()
        expectTypeOf(body.tags).toEqualTypeOf<string[]>()
        expectTypeOf(database).toEqualTypeOf<Database>()
        expectTypeOf(clock.now()).toBeNumber()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        return database.users()
      },
    )
    route.get('/', (context) => {
      // @ts-expect-error the spec has no body schema
      context.body
      // @ts-expect-error the spec injects no service
      context.database
    })
  })
})

test('a result is checked against the response schema', () => {
  const response = z.object({ id: z.number() })
  defineRoutes('', (route) => {
    route.get('/value', { response }, () => ({ id: 1 }))
    route.get('/promise', { response }, async () => ({ id: 1 }))
    route.get('/error', { response }, () => errors.notFound())
    route.get('/web', { response }, () => new Response())
    // @ts-expect-error the id is a number
    route.get('/wrong', { response }, () => ({ id: 'one' }))
    // @ts-expect-error the id is missing
    route.get('/missing', { response }, async () => ({}))
  })
})

test('a service cannot hide a part of the request', () => {
  const signal = singleton(() => 1)
  const define = () =>
    defineRoutes('', (route) => {
      // @ts-expect-error 'signal' is a part of the request
      route.get('/', { inject: { signal } }, () => 1)
    })
  expectTypeOf(define).toBeFunction()
})

test('a request cannot inject a task-scoped service', () => {
  const job = task(() => 1)
  const through = transient({ job }, ({ job }) => job)
  const user = request(() => 1)
  const define = () =>
    defineRoutes('', (route) => {
      route.get('/', { inject: { user } }, ({ user }) => user)
      // @ts-expect-error a request-scoped provider cannot depend on the task-scoped provider 'job'
      route.get('/', { inject: { job } }, () => 1)
      // @ts-expect-error the transient depends on the task-scoped provider
      route.get('/', { inject: { through } }, () => 1)
      // @ts-expect-error a WebSocket cannot inject it either
      route.websocket('/', { inject: { job } }, () => ({}))
    })
  expectTypeOf(define).toBeFunction()
})
