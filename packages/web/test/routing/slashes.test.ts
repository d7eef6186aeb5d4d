import { describe, expect, test } from 'vitest'
import { defineRoutes, type Routes } from '../../src/index.ts'

describe('a slash that is missing', () => {
  test.each<readonly [string, () => Routes, string]>([
    [
      'in a path',
      () => defineRoutes('/users', (route) => void route.get('list', () => 1)),
      "Cannot declare route GET /userslist: the path 'list' does not begin with a slash. Write '/list'.",
    ],
    [
      'in a prefix',
      () => defineRoutes('users', (route) => void route.get('/list', () => 1)),
      'Cannot declare route group "users": the prefix does not begin with a slash. Write \'/users\'.',
    ],
    [
      'in the prefix of an inner group',
      () =>
        defineRoutes('/api', (route) => void route.group('users', (inner) => void inner.get('/', () => 1))),
      "the prefix does not begin with a slash. Write '/users'.",
    ],
  ])('%s is reported where it is missing', (_, declare, message) => {
    expect(declare).toThrow(message)
  })

  test('is not required of an empty path or an empty prefix', () => {
    const empty = defineRoutes('', (route) => void route.get('/x', () => 1))
    const root = defineRoutes('/users', (route) => void route.get('', () => 1))
    expect([...empty.routes, ...root.routes].map(({ pattern }) => pattern)).toEqual(['/x', '/users'])
  })
})
