// The fast path of the router finds the same routes as its tree.

import fc from 'fast-check'
import { addRoute, createRouter, findRoute } from 'rou3'
import { expect, test } from 'vitest'
import { ParamIndex } from '../../src/router/param-index.ts'
import { Router } from '../../src/router/router.ts'

const plain = fc.constantFrom('a', 'b', 'a.b', ':x', ':y')
const segment = fc.oneof(
  { weight: 40, arbitrary: plain },
  { weight: 1, arbitrary: fc.constantFrom(':x?', '**', '**:rest', '*', ':n(\\d+)', 'a-:x') },
)
const pattern = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom(...Array<string>(30).fill(''), '/'))
  .map(([segments, end]) => `/${segments.join('/')}${end}`)
const method = fc.constantFrom(...Array<string>(15).fill('GET'), ...Array<string>(15).fill('POST'), '')
const path = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', 'a.b', 'a-7', '7', '', '%2F', '.'), { maxLength: 5 }),
    fc.boolean(),
  )
  .map(([segments, slash]) => `/${segments.join('/')}${slash ? '/' : ''}`)

test('finds the same route with the same parameters as the tree alone', () => {
  let indexed = 0
  fc.assert(
    fc.property(
      fc.array(fc.record({ method, pattern }), { minLength: 1, maxLength: 12 }),
      fc.array(path, { minLength: 1, maxLength: 20 }),
      (routes, paths) => {
        const router = new Router<number>()
        const tree = createRouter<number>()
        const added: Array<{ method: string; pattern: string; data: number }> = []
        for (const [i, route] of routes.entries()) {
          try {
            router.add(route.method, route.pattern, i)
          } catch {
            continue
          }
          addRoute(tree, route.method, route.pattern, i)
          added.push({ ...route, data: i })
        }
        const index = new ParamIndex(added)
        // Random paths seldom match; paths derived from the patterns do.
        const near = routes.flatMap((route) =>
          ['a', '7', 'a-7'].map((value) => route.pattern.replace(/:[xy]/g, value)),
        )
        for (const path of [...paths, ...near]) {
          const found = router.find('GET', path)
          const expected = findRoute(tree, 'GET', path)
          expect(found?.data, path).toBe(expected?.data)
          expect({ ...found?.params }, path).toEqual({ ...expected?.params })
          if (index.find('GET', path)) indexed++
        }
      },
    ),
    { numRuns: 2_000 },
  )
  // About 1,180 of them, plus or minus 70. Far fewer would mean that the fast path was not tested.
  expect(indexed).toBeGreaterThan(500)
})

test('a parameter cannot reach a prototype', () => {
  const router = new Router<string>()
  router.add('GET', '/users/:id', 'user')
  const { params } = router.find('GET', '/users/__proto__')!
  expect(params!.id).toBe('__proto__')
  expect('constructor' in params!).toBe(false)
  expect(router.find('GET', '/constructor/x')).toBeUndefined()
})
