import { describe, expect, test } from 'vitest'
import { signalExitCode } from '../../src/runtime/process-exit.ts'
import { SignalSequence } from '../../src/runtime/process-signals.ts'

/** No parent process forwards a signal. */
const alone = () => 0

describe('a sequence of signals', () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

  test.each(signals.flatMap((first) => signals.map((second) => [first, second] as const)))(
    '%s and, a second later, %s',
    (first, second) => {
      const sequence = new SignalSequence(alone)
      expect(sequence.next(first, 0)).toBe('stop')
      expect(sequence.next(second, 1_000)).toBe(
        first === 'SIGINT' && second === 'SIGINT' ? 'force' : 'ignore',
      )
    },
  )

  test.each(signals.flatMap((first) => signals.map((second) => [first, second] as const)))(
    '%s and, 3 ms later, %s are one key press',
    (first, second) => {
      const sequence = new SignalSequence(alone)
      sequence.next(first, 0)
      expect(sequence.next(second, 3)).toBe('repeat')
    },
  )

  test('SIGINT after a SIGTERM forces with the second key press, not with the first', () => {
    const sequence = new SignalSequence(alone)
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

describe('a sequence of signals under parents that may forward Ctrl+C', () => {
  const meanings = (forwarders: number, ...times: number[]) => {
    const sequence = new SignalSequence(() => forwarders)
    return times.map((at) => sequence.next('SIGINT', at))
  }

  test.each([
    ['one key press that a slow parent forwards', 1, [0, 900], ['stop', 'ignore']],
    ['two key presses under that parent', 1, [0, 900, 2_000], ['stop', 'ignore', 'force']],
    ['two key presses, the first forwarded at once', 1, [0, 5, 1_000], ['stop', 'repeat', 'force']],
    ['one key press that two parents forward', 2, [0, 400, 900], ['stop', 'ignore', 'ignore']],
    ['a key press too late for a forwarded one', 1, [0, 3_000], ['stop', 'force']],
    ['a third key press that nothing forwards', 1, [0, 1_000, 1_400], ['stop', 'ignore', 'force']],
  ] as const)('%s', (_, forwarders, times, expected) => {
    expect(meanings(forwarders, ...times)).toEqual(expected)
  })

  test('SIGTERM of a parent neither forces nor is taken for a forwarded Ctrl+C', () => {
    const sequence = new SignalSequence(() => 1)
    const signals = [
      ['SIGINT', 0],
      ['SIGTERM', 500],
      ['SIGINT', 900],
      ['SIGTERM', 1_400],
      ['SIGINT', 2_000],
    ] as const
    expect(signals.map(([signal, at]) => sequence.next(signal, at))).toEqual([
      'stop',
      'ignore',
      'ignore',
      'ignore',
      'force',
    ])
  })
})

test('the exit code of a signal is 128 and its number', () => {
  expect(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGTERM'].map(signalExitCode)).toEqual([
    129, 130, 131, 137, 143,
  ])
})
