import { describe, expect, test } from 'vitest'
import { durationOption, formatDuration, OptionError, parseDuration } from '../../src/runtime/duration.ts'

describe('a duration in text', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1.5s', 1_500],
    [' 12 ms ', 12],
    ['30', 30_000],
    ['0', 0],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each(['', 'soon', '-1s', '1e3', '30S', '1m30s', 'PT30S', '5min', '٣s', '1..5s', 'Infinity', '0x10'])(
    '%j is not a duration',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )

  test.each([
    [0, '0 ms'],
    [0.04, '0 ms'],
    [0.42, '0.4 ms'],
    [9.96, '10 ms'],
    [12.4, '12 ms'],
    [999.6, '1 s'],
    [1_234, '1.2 s'],
    [42_000, '42 s'],
    [Number.POSITIVE_INFINITY, 'unlimited'],
  ])('%d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('that was written is read back', () => {
    for (const ms of [0, 5, 250, 1_500, 30_000]) expect(parseDuration(formatDuration(ms))).toBe(ms)
  })
})

describe('a duration option', () => {
  test.each([
    [250, 250],
    ['30s', 30_000],
    ['30', 30_000],
    [0, 0],
  ])('takes %j', (value, ms) => {
    expect(durationOption('shutdown.drain', value)).toBe(ms)
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 'soon', '', null, true, {}, 5n])(
    'refuses %s',
    (value) => {
      expect(() => durationOption('shutdown.drain', value)).toThrow(OptionError)
      expect(() => durationOption('shutdown.drain', value)).toThrow(
        /^Cannot use .* as shutdown\.drain: .*\. Write/,
      )
    },
  )

  test('takes Infinity where there may be no limit', () => {
    expect(durationOption('startup.timeout', Number.POSITIVE_INFINITY, { unlimited: true })).toBe(Infinity)
  })
})
