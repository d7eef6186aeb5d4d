import { expect, onTestFinished, test } from 'vitest'
import { mapStackTraces } from '../../src/runner/stack-trace.ts'
import { type Loaded, loadModules } from './load-modules.ts'

const failing = `interface Gone {\n  x: number\n}\nexport function fail() {\n  return new Error('here')\n}\nexport const stack = () => fail().stack!\n`

async function mapped(files: Record<string, string>): Promise<Loaded> {
  const loaded = await loadModules(files)
  const mapping = mapStackTraces(loaded.runner)
  onTestFinished(() => mapping[Symbol.dispose]())
  return loaded
}

const linesOf = (stack: string) => [...stack.matchAll(/main\.ts:(\d+)/g)].map(([, line]) => Number(line))

test('a frame points to the line of the source', async () => {
  const { exports } = await mapped({ 'main.ts': failing })
  expect(linesOf(exports.stack())).toEqual([5, 7])
})

test('a frame of the running version keeps its line after a failed edit and after a later version', async () => {
  const { exports, project, runner, entry } = await mapped({ 'main.ts': failing })
  project.write({ 'main.ts': `${'// comment\n'.repeat(40)}${failing}\nthrow new Error('does not start')\n` })
  await expect(runner.beginLoad([entry]).run(entry)).rejects.toThrow('does not start')
  expect(linesOf(exports.stack())).toEqual([5, 7])
  project.write({ 'main.ts': `${'// comment\n'.repeat(10)}${failing}` })
  const next = (await runner.beginLoad([entry]).run(entry)) as { stack(): string }
  expect(linesOf(next.stack())).toEqual([15, 17])
  expect(linesOf(exports.stack())).toEqual([5, 7])
})

test('a frame of CommonJS and of a lowered file points to its source', async () => {
  const { exports } = await mapped({
    'old.cjs': `\n\nexports.stack = () => new Error('here').stack`,
    'typed.cts': `interface Gone {\n  x: number\n}\nexport = { stack: () => new Error('here').stack }`,
    'main.ts': `import old from './old.cjs'\nimport typed from './typed.cts'\nexport const stacks = () => [old.stack(), typed.stack()]`,
  })
  expect(exports.stacks()[0]).toMatch(/old\.cjs:3:/)
  expect(exports.stacks()[1]).toMatch(/typed\.cts:4:/)
})

test('a function that the application sets receives mapped frames, and sets back the one that it has read', async () => {
  const { exports } = await mapped({
    'main.ts': `interface Gone {\n  x: number\n}\nexport function site() {
  const before = Error.prepareStackTrace
  Error.prepareStackTrace = (_, frames) => frames
  const [frame] = new Error().stack as unknown as NodeJS.CallSite[]
  Error.prepareStackTrace = before
  return [frame!.getLineNumber(), String(frame).split(':').at(-2), frame!.getFunctionName(), before === Error.prepareStackTrace]
}
${failing.replaceAll('Gone', 'Other')}`,
  })
  expect(exports.site()).toEqual([7, '7', 'site', true])
  Error.prepareStackTrace = (error, frames) => `${error}${frames.map((frame) => `\n at ${frame}`).join('')}`
  expect(linesOf(exports.stack())).toEqual([15, 17])
  Error.prepareStackTrace = undefined as never
  expect(linesOf(exports.stack())).toEqual([15, 17])
})

test('a stack begins at the access to an export that is not initialized, in the source', async () => {
  const { project, runner } = await mapped({ 'main.ts': 'export {}' })
  project.write({
    'a.ts': `import { B } from './b.ts'\nexport class A { static other = B }`,
    'b.ts': `import { A } from './a.ts'\n\n\nexport class B { static other = A }`,
  })
  const error = await runner
    .beginLoad()
    .run(project.file('a.ts'))
    .catch((error: Error) => error)
  expect((error as Error).message).toBe("Cannot access 'A' before initialization")
  expect(/^ +at .*/m.exec((error as Error).stack!)![0]).toContain(`${project.file('b.ts')}:4:`)
})

test.each([
  ['a function', `import { part } from './part.ts'\npart()`, 'part is not a function'],
  ['a field of an import', `import { part } from './part.ts'\npart.of.it()`, 'part.of.it is not a function'],
  ['a result', `import { make } from './part.ts'\nmake().nothing()`, 'make(...).nothing is not a function'],
  ['a class', `import { part } from './part.ts'\nnew part()`, 'part is not a constructor'],
])('an error about %s names the import as the source does', async (_, call, message) => {
  const [first, second] = call.split('\n')
  const { exports } = await mapped({
    'part.ts': 'export const part: any = { of: {} }\nexport const make = () => ({}) as any',
    'main.ts': `${first}\nexport const fail = () => {\n  try {\n    ${second}\n  } catch (error) {\n    return error\n  }\n}`,
  })
  const error = exports.fail() as Error
  expect(error.stack).toContain(`TypeError: ${message}\n`)
  expect(error.message).toBe(message)
})
