import { describe, expect, it } from 'vitest'
import { tokensOf } from '../src/auth/identity.ts'
import { hash, verify } from '../src/users/passwords.ts'

it('hashes passwords', async () => {
  expect(await verify('a', await hash('a'))).toBe(true)
  expect(await verify('b', await hash('a'))).toBe(false)
})

describe('a token', () => {
  const tokens = tokensOf({ jwtSecret: 'x'.repeat(32), tokenTtl: '1m' })

  it('carries an identity', async () => {
    expect(await tokens.verify(await tokens.sign({ id: 7, role: 'admin' }))).toEqual({ id: 7, role: 'admin' })
  })

  it('is not valid with another key, after its time, or forged', async () => {
    const other = tokensOf({ jwtSecret: 'y'.repeat(32), tokenTtl: '1m' })
    const late = tokensOf({ jwtSecret: 'x'.repeat(32), tokenTtl: '-1m' })
    for (const token of [
      await other.sign({ id: 7, role: 'admin' }),
      await late.sign({ id: 7, role: 'admin' }),
      'a.b.c',
    ])
      expect(await tokens.verify(token)).toBeUndefined()
  })
})
