import { expect, test } from 'vitest'
import { takeSystemdSocket } from '../../src/node/bind.ts'

test('a systemd socket is taken once, and only by the process named in LISTEN_PID', () => {
  const environment: NodeJS.ProcessEnv = { LISTEN_FDS: '1', LISTEN_PID: '42', OTHER: 'x' }
  expect(takeSystemdSocket(environment, 41)).toBeUndefined()
  expect(takeSystemdSocket(environment, 42)).toBe(3)
  expect(environment).toEqual({ OTHER: 'x' })
  expect(takeSystemdSocket(environment, 42)).toBeUndefined()
})
