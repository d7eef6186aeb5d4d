import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { myfy, project } from '../project.ts'

const installed = () => {
  const cwd = project({
    'node_modules/create-myfy/package.json': '{ "name": "create-myfy", "version": "9.9.9", "bin": "bin.js" }',
    'node_modules/create-myfy/bin.js':
      '#!/usr/bin/env node\nconsole.log("creating", process.argv.slice(2)); process.exit(7)',
  })
  mkdirSync(join(cwd, 'node_modules/.bin'))
  symlinkSync('../create-myfy/bin.js', join(cwd, 'node_modules/.bin/create-myfy'))
  chmodSync(join(cwd, 'node_modules/create-myfy/bin.js'), 0o755)
  return cwd
}

test('myfy new runs create-myfy', async () => {
  const { code, stdout } = await myfy(['new', 'my-app'], { cwd: installed() })
  expect(stdout).toContain("creating [ 'my-app' ]")
  expect(code).toBe(7)
})

test('myfy new passes its options on', async () => {
  const words = ['new', 'my-app', '--template', 'worker', '--no-install', '--json']
  const { stdout } = await myfy(words, { cwd: installed() })
  expect(stdout).toContain("creating [ 'my-app', '--template', 'worker', '--no-install', '--json' ]")
})
