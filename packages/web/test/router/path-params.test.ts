import { defineRoutes, type PathParams } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, expectTypeOf, test } from 'vitest'

type Expect<Pattern extends string, Params> = [PathParams<Pattern>] extends [Params]
  ? [Params] extends [PathParams<Pattern>]
    ? Pattern
    : never
  : never

/** A pattern with the type of its parameters; the types must be equal. */
const pattern =
  <Params>() =>
  <const Pattern extends string>(pattern: Expect<Pattern, Params> & Pattern): string =>
    pattern

type None = Record<never, never>
interface Name {
  readonly name: string
}

describe('the parameters of', () => {
  // The patterns of rou3 (its tests), each with a path and with what the router finds.
  test.each<[pattern: string, path: string, params: Record<string, string>]>([
    [pattern<Name>()('/file/:name.json'), '/file/a.json', { name: 'a' }],
    [pattern<Name & { readonly ext: string }>()('/ext/:name.:ext'), '/ext/a.b', { name: 'a', ext: 'b' }],
    [
      pattern<{ readonly major: string; readonly minor: string }>()('/v:major-:minor'),
      '/v1-2',
      { major: '1', minor: '2' },
    ],
    [pattern<Name>()('/prefix-:name'), '/prefix-a', { name: 'a' }],
    [pattern<Name>()('/:name-suffix'), '/a-suffix', { name: 'a' }],
    [pattern<Name>()('/many/:name+'), '/many/x/y', { name: 'x/y' }],
    [pattern<Partial<Name>>()('/many/:name*'), '/many', {}],
    [pattern<Partial<Name>>()('/many/:name*'), '/many/x/y', { name: 'x/y' }],
    [pattern<Partial<Name>>()('/maybe/:name?'), '/maybe', {}],
    [pattern<Partial<Name>>()('/maybe/:name?'), '/maybe/a', { name: 'a' }],
    [pattern<Name>()('/digits/:name(\\d+)'), '/digits/12', { name: '12' }],
    [pattern<Partial<Name>>()('/digits/:name(\\d+)?'), '/digits', {}],
    [pattern<Name>()('/groups/:name((?:a|b)c)'), '/groups/ac', { name: 'ac' }],
    [pattern<Partial<Name>>()('/braces{/:name}?'), '/braces/a', { name: 'a' }],
    [pattern<Name>()('/rest/**:name'), '/rest/a/b', { name: 'a/b' }],
    [pattern<{ readonly _?: string }>()('/rest/**'), '/rest/a/b', { '0': 'a/b', _: 'a/b' }],
    [pattern<None>()('/escaped/a\\:b'), '/escaped/a:b', {}],
    [pattern<None>()('/static'), '/static', {}],
    [
      pattern<{ readonly a: string; readonly b_2?: string; readonly rest: string }>()(
        '/:a/x/:b_2?/y/**:rest',
      ),
      '/1/x/2/y/3/4',
      { a: '1', b_2: '2', rest: '3/4' },
    ],
  ])('%s in %s are %o', async (pattern, path, params) => {
    const routes = defineRoutes('', (route) => void route.get(pattern, ({ params }) => params))
    await using client = await createTestClient({ routes: [routes], health: false, openapi: false })
    const response = await client.get(path)
    expect([response.status, await response.json()]).toEqual([200, params])
  })

  test('a pattern that is not known at compile time are strings', () => {
    expectTypeOf<PathParams<string>>().toEqualTypeOf<Record<string, string>>()
  })

  test('a prefix and a path are joined', () => {
    defineRoutes('/orgs/:org', (route) => {
      route.get('/v:major.:minor/:name?', ({ params }) => {
        expectTypeOf(params).toEqualTypeOf<{
          readonly org: string
          readonly major: string
          readonly minor: string
          readonly name?: string
        }>()
      })
    })
  })
})
