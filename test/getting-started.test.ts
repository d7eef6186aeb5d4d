// docs/getting-started.md, word by word: its files are written, and its commands are run. newcomer.test.ts does the same
// from packed packages.
import { execFileSync } from 'node:child_process'
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describeAction, gettingStarted } from './getting-started.ts'
import { root } from './markdown.ts'
import { exampleProject } from './project.ts'
import { Walkthrough } from './walkthrough.ts'

const folder = exampleProject()
mkdirSync(join(folder, 'node_modules/@types'))
symlinkSync(realpathSync(join(root, 'node_modules/@types/node')), join(folder, 'node_modules/@types/node'))
const env = { ...process.env, NO_COLOR: '1', NODE_ENV: '', VITEST: '' }
const translate = (command: string) =>
  command.replace(/^npx myfy\b/, `node ${join(root, 'packages/cli/bin/myfy.js')}`)
const walkthrough = new Walkthrough({ folder, env, translate })
afterAll(() => walkthrough.stop())

for (const { title, actions } of gettingStarted()) {
  describe(title, () => {
    test.each(actions.map((action) => [describeAction(action), action] as const))('%s', (_, action) =>
      walkthrough.perform(action),
    )
  })
}

test('the files compile', { timeout: 180_000 }, () => {
  const options =
    '--noEmit --strict --module nodenext --target es2023 --allowImportingTsExtensions --skipLibCheck --lib esnext --types node --customConditions @myfy/source'
  const words = [join(root, 'node_modules/typescript/bin/tsc'), ...options.split(' '), 'src/app.ts']
  try {
    execFileSync(process.execPath, words, { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    expect.fail((error as { readonly stdout: string }).stdout)
  }
})
