import { describe, expect, test } from 'vitest'
import { clauseOf, unpunctuated } from '../../src/runtime/thrown.ts'

describe('a message in the middle of a sentence', () => {
  test.each([
    ['the file is missing', 'the file is missing'],
    ['the file is missing.', 'the file is missing'],
    ['the file is missing. ', 'the file is missing'],
    ['Did you mean Mailers?', 'Did you mean Mailers'],
    ['stop!', 'stop'],
    ['cannot open ..', 'cannot open ..'],
    ['cannot open ../.', 'cannot open ../.'],
    ['cannot open C:\\.', 'cannot open C:\\.'],
    ['it waits ...', 'it waits ...'],
    ['one.\ntwo.', 'one.\ntwo'],
    ['', ''],
  ])('%j is %j', (sentence, clause) => {
    expect(unpunctuated(sentence)).toBe(clause)
    expect(clauseOf(new Error(sentence || 'x.'))).toBe(clause || 'x')
  })

  test('of an aggregate has no mark after the last of its messages', () => {
    expect(clauseOf(new AggregateError([new Error('one.'), new Error('two.')]))).toBe('one.; two')
  })
})
