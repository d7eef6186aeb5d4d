// The time that tests wait for what must come: enough for a busy machine, as a wait that succeeds takes no longer by it.
import ts from 'typescript'
import { expect, test } from 'vitest'
import config from '../vitest.config.ts'
import { find, read } from './markdown.ts'

const LEAST_MS = 10_000
/** Where the wait is for something that must not come. */
const excepted = /^packages\/tasks\/test\/worker\.test\.ts:\d+ 2000$/

const files = find(
  'packages/*/test/**/*.ts',
  'packages/create-myfy/templates/**/*.test.ts',
  'apps/*/test/**/*.ts',
  'test/**/*.ts',
)

/** The functions of Vitest that wait, with the time that they wait by default. */
const waits = new Map([
  ['expect.poll', config.test?.expect?.poll?.timeout ?? 1_000],
  ['vi.waitFor', 1_000],
  ['vi.waitUntil', 1_000],
])

/** Returns each wait of a file with its place and its time, in ms. A time that is not written as a number counts as none. */
function waitsOf(file: string): Array<{ place: string; ms: number }> {
  const text = read(file)
  if (!/poll|waitFor|waitUntil/.test(text)) return []
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Array<{ place: string; ms: number }> = []
  const visit = (node: ts.Node): void => {
    const byDefault = ts.isCallExpression(node)
      ? waits.get(node.expression.getText().replace(/\s/g, ''))
      : undefined
    if (ts.isCallExpression(node) && byDefault !== undefined) {
      const [, options] = node.arguments
      // What is copied to users runs with their configuration.
      const isCopied = file.startsWith('apps/starter/') || file.startsWith('packages/create-myfy/')
      const ownDefault = isCopied ? 1_000 : byDefault
      const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
      found.push({ place, ms: options === undefined ? ownDefault : (timeOf(options) ?? ownDefault) })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function timeOf(options: ts.Expression): number | undefined {
  const isTimeout = (one: ts.ObjectLiteralElementLike): one is ts.PropertyAssignment =>
    ts.isPropertyAssignment(one) && one.name.getText() === 'timeout'
  const time = ts.isObjectLiteralExpression(options)
    ? options.properties.find(isTimeout)?.initializer
    : options
  return time && ts.isNumericLiteral(time) ? Number(time.text) : undefined
}

test('a test that waits for something gives it at least 10 s', () => {
  const all = files.flatMap(waitsOf)
  expect(all.length).toBeGreaterThan(50)
  const short = all.filter(({ ms }) => ms < LEAST_MS).map(({ place, ms }) => `${place} ${ms}`)
  expect(short.filter((one) => !excepted.test(one))).toEqual([])
})
