import { expect, test } from 'vitest'
import { launch, program, project, start } from '../project.ts'

const source = `
const { Application } = require('@myfy/core')
const app = new Application()
async function main() {
  await null
  app.on('ready', () => console.log('ready as ' + require.main.filename.split(/[\\\\/]/).at(-1)))
  await app.run()
}
if (require.main === module) main()
`

const ways: ReadonlyArray<[way: string, words: readonly string[] | undefined]> = [
  ['node', undefined],
  ['myfy run', ['run']],
  ['myfy run --no-reload', ['run', '--no-reload']],
  ['myfy start', ['start']],
  ['myfy start --workers 2', ['start', '--workers', '2']],
]

const entries: ReadonlyArray<[entry: string, packageFile: string]> = [
  ['main.cjs', '{ "type": "module" }'],
  ['main.js', '{}'],
]

const cases = entries.flatMap(([entry, packageFile]) =>
  ways.map(([way, words]) => [way, entry, words, packageFile] as const),
)

test.each(cases)(
  '%s %s runs what stands under `require.main === module`',
  async (_, entry, words, packageFile) => {
    const cwd = project({ [entry]: source, 'package.json': packageFile })
    const running = words ? start([...words, entry], { cwd }) : launch(program.node, [entry], { cwd })
    await running.until(`ready as ${entry}`)
    // The handlers of signals are there from the start on.
    running.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  },
)
