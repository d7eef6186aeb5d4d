import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { myfy, project } from '../project.ts'

test('myfy new runs create-myfy with its options', async () => {
  const cwd = project({
    'node_modules/create-myfy/package.json': '{ "name": "create-myfy", "version": "9.9.9", "bin": "bin.js" }',
    'node_modules/create-myfy/bin.js':
      '#!/usr/bin/env node\nconsole.log("creating", process.argv.slice(2).join(" ")); process.exit(7)',
  })
  mkdirSync(join(cwd, 'node_modules/.bin'))
  symlinkSync('../create-myfy/bin.js', join(cwd, 'node_modules/.bin/create-myfy'))
  chmodSync(join(cwd, 'node_modules/create-myfy/bin.js'), 0o755)
  const words = ['my-app', '--template', 'worker', '--no-install', '--json']
  const { code, stdout } = await myfy(['new', ...words], { cwd })
  expect(stdout).toContain(`creating ${words.join(' ')}\n`)
  expect(code).toBe(7)
})
