import { expect, test } from 'vitest'
import { ModuleGraph } from '../../src/runner/module-graph.ts'

const node = (file: string, ...imports: string[]) => ({ file, imports: new Set(imports) })

function graphOf(nodes: Record<string, string[]>, root = 'main') {
  const graph = new ModuleGraph<ReturnType<typeof node>>()
  const stage = graph.overlay()
  for (const [name, imports] of Object.entries(nodes)) stage.add(name, node(name.split('?')[0]!, ...imports))
  stage.commit([root])
  return graph
}

test('a change affects the file and all its importers, also in a cycle', () => {
  const graph = graphOf({ main: ['a', 'other'], a: ['b'], b: ['a', 'c'], c: [], other: [] })
  expect([...graph.affectedBy(['c'])].sort()).toEqual(['a', 'b', 'c', 'main'])
  expect([...graph.affectedBy(['other'])].sort()).toEqual(['main', 'other'])
  expect([...graph.affectedBy(['unknown'])]).toEqual(['unknown'])
})

test('an overlay hides the affected nodes; without a commit nothing changes', () => {
  const graph = graphOf({ main: ['a', 'b'], a: [], b: [] })
  const before = graph.get('a')
  const stage = graph.overlay(['a'])
  expect(stage.get('a')).toBeUndefined()
  expect(stage.get('b')).toBe(graph.get('b'))
  const fresh = node('a')
  stage.add('a', fresh)
  expect(stage.get('a')).toBe(fresh)
  expect(graph.get('a')).toBe(before)
})

test('a commit replaces nodes and drops unreachable ones, and later nodes are added to the graph', () => {
  const graph = graphOf({ main: ['a'], a: ['b'], b: [] })
  const stage = graph.overlay(['a'])
  stage.add('a', node('a'))
  stage.add('main', node('main', 'a'))
  stage.commit(['main'])
  expect(graph.files().sort()).toEqual(['a', 'main'])
  stage.get('a')!.imports.add('late')
  stage.add('late', node('late'))
  expect(graph.files().sort()).toEqual(['a', 'late', 'main'])
})

test('a change of a file affects every instance of it', () => {
  const graph = graphOf({ main: ['a', 'b'], a: ['c?x'], b: ['c'], 'c?x': [], c: [] })
  expect([...graph.affectedBy(['c'])].sort()).toEqual(['a', 'b', 'c', 'c?x', 'main'])
  expect([...graph.affectedBy(['a'])].sort()).toEqual(['a', 'main'])
  expect(graph.files()).toEqual(['main', 'a', 'b', 'c'])
})
