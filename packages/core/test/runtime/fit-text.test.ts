// Text in the width of a terminal.

import { stripVTControlCharacters } from 'node:util'
import { columnsOf, fitText } from '@myfy/core/runtime'
import { describe, expect, test } from 'vitest'

const PROSE =
  '[reload] Cannot compile src/message.ts:1:32: Unterminated string. Correct the file and save it again, please, at once.'

describe.each([40, 80, 120])('at %i columns', (columns) => {
  test.each([
    ['prose', PROSE],
    ['prose in colors', `\u001b[31m✗\u001b[39m \u001b[1m${PROSE}\u001b[22m \u001b[2m[CODE]\u001b[22m`],
    ['several lines', `${PROSE}\n  ${PROSE}\nshort`],
  ])('breaks %s between words, and loses none', (_what, text) => {
    const fitted = fitText(text, columns, 2)
    for (const line of fitted.split('\n'))
      expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns)
    const words = (value: string) => value.split(/\s+/).filter((word) => word !== '')
    expect(words(fitted)).toEqual(words(text))
  })

  test('shows the code at the caret of a frame, wherever that is', () => {
    for (const at of [0, 30, 70, 110, 190]) {
      const code = `${'a'.repeat(at)}X${'b'.repeat(200 - at)}`
      const frame = `  1 | first\n\u001b[31m>\u001b[39m 2 | ${code}\n    | ${' '.repeat(at)}^\n  3 | `
      const lines = fitText(frame, columns).split('\n').map(stripVTControlCharacters)
      expect(lines).toHaveLength(4)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
      expect(lines[1]![lines[2]!.indexOf('^')]).toBe('X')
    }
  })
})

test('indents further lines as the first one, and by the indent', () => {
  expect(fitText('  one two three four five six', 20, 3)).toBe('  one two three four\n     five six')
})

test('keeps a word that is wider than the terminal whole', () => {
  const url = `http://localhost/${'x'.repeat(60)}`
  expect(fitText(`see ${url} for more`, 40)).toBe(`see\n${url}\nfor more`)
})

test('keeps text that fits, and text for programs, as it is', () => {
  expect(fitText('one  two', 80)).toBe('one  two')
  for (const columns of [columnsOf({}), columnsOf({ columns: 40 }), columnsOf({ isTTY: true, columns: 0 })])
    expect(fitText(PROSE.repeat(9), columns)).toBe(PROSE.repeat(9))
  expect(columnsOf({ isTTY: true, columns: 80 })).toBe(80)
})
