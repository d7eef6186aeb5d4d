import { expect, test } from 'vitest'
import { closestMatch } from '../../src/entry/suggest.ts'

test.each([
  ['rnu', 'run'],
  ['rotues', 'routes'],
  ['mod', 'modules'],
  ['provider', 'providers'],
  ['db migrat', 'db migrate'],
  ['graf', 'graph'],
])('%s most likely means %s', (word, meant) => {
  expect(closestMatch(word, ['run', 'routes', 'modules', 'providers', 'db migrate', 'graph', 'new'])).toBe(
    meant,
  )
})

test('a word that is like nothing means nothing', () => {
  expect(closestMatch('kubernetes', ['run', 'routes', 'new'])).toBeUndefined()
  expect(closestMatch('xy', ['run', 'new'])).toBeUndefined()
})
