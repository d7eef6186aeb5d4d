import { describe, expect, test } from 'vitest'
import { SignalSequence, signalExitCode } from '../../src/runtime/process-signals.ts'

describe('a sequence of signals', () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

  test.each(signals.flatMap((first) => signals.map((second) => [first, second] as const)))(
    '%s and, a second later, %s',
    (first, second) => {
      const sequence = new SignalSequence()
      expect(sequence.next(first, 0)).toBe('stop')
      expect(sequence.next(second, 1_000)).toBe(
        first === 'SIGINT' && second === 'SIGINT' ? 'force' : 'ignore',
      )
    },
  )

  test.each(signals.flatMap((first) => signals.map((second) => [first, second] as const)))(
    '%s and, 3 ms later, %s are one key press',
    (first, second) => {
      const sequence = new SignalSequence()
      sequence.next(first, 0)
      expect(sequence.next(second, 3)).toBe('repeat')
    },
  )

  test('SIGINT after a SIGTERM forces with the second key press, not with the first', () => {
    const sequence = new SignalSequence()
    const meanings = [
      ['SIGTERM', 0],
      ['SIGINT', 1_000],
      ['SIGINT', 1_005],
      ['SIGINT', 2_000],
    ] as const
    expect(meanings.map(([signal, at]) => sequence.next(signal, at))).toEqual([
      'stop',
      'ignore',
      'repeat',
      'force',
    ])
  })
})

test('the exit code of a signal is 128 and its number', () => {
  expect(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGTERM'].map(signalExitCode)).toEqual([
    129, 130, 131, 137, 143,
  ])
})
