import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { AppProcess, myfy, root } from './process.ts'
import { preparedDirectory } from './servers.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block!.trim().split('\n'),
)
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const resolve = createRequire(join(root, 'package.json')).resolve
const isBuilt = existsSync(resolve('@myfy/cli/package.json').replace('package.json', 'dist/index.d.ts'))
const directory = await preparedDirectory()
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Returns a script of package.json with `myfy` as the tests run it. */
const script = (name: string) =>
  scripts[name].split(' ').flatMap((word: string) => (word === 'myfy' ? myfy : [word]))
// Any free port: the doctor reports a warning if 8000 is in use.
const env = { DATA_DIR: directory, PORT: '0' }
const run = (words: readonly string[]) =>
  spawnSync(words[0]!, words.slice(1), { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } })

describe('the commands of the README', { timeout: 90_000 }, () => {
  it('have a test each', () => {
    expect(commands.filter((command) => !command.startsWith('curl '))).toEqual([
      'npm install', // a precondition of every test
      'npm run dev',
      'npm test', // the command that runs this file
      'npx myfy routes',
      'npx myfy doctor',
      'npm run build',
      'npm start',
      'docker compose up --build', // covered by deploy.test.ts
      'kubectl apply -f deploy/kubernetes.yaml', // covered by deploy.test.ts
    ])
    expect(scripts.test).toBe('vitest run')
  })

  it('npm run dev answers the requests of the README until Ctrl+C', async () => {
    await using app = new AppProcess(env, script('dev'))
    const url = /http:\/\/localhost:\d+/.exec(await app.lines.first(/http:\/\/localhost:\d+/))![0]
    await app.lines.first(/ready/)
    const expected = [/201 Created/, /"name":"Ada"/, /event: status/, /"healthy":true/]
    const asked = commands.filter((command) => command.startsWith('curl '))
    const said = asked.map((command) =>
      spawnSync('sh', ['-c', command.replaceAll('http://localhost:8000', url)]),
    )
    expected.forEach((pattern, i) => void expect(String(said[i]?.stdout)).toMatch(pattern))
    expect(asked).toHaveLength(expected.length)
    expect(await app.stop('SIGINT')).toBe(0)
  })

  it.each([
    ['routes', /GET +\/users\/:id/],
    ['doctor', /0 errors/],
    ['db migrate', /schema version: \d+-\w+/],
  ])('npx myfy %s', (command, output) => {
    expect(readme).toContain(`npx myfy ${command}`)
    const { stdout, status } = run([...myfy, ...command.split(' ')])
    expect(stdout).toMatch(output)
    expect(status).toBe(0)
  })

  it.skipIf(!isBuilt)(
    `npm run build and npm start${isBuilt ? '' : ' (the packages are not built: skipped)'}`,
    async () => {
      execFileSync(process.execPath, [resolve('typescript/bin/tsc'), ...script('build').slice(1)], {
        cwd: root,
      })
      await using app = new AppProcess(env, [
        process.execPath,
        join(resolve('@myfy/cli/package.json'), '../bin/myfy.js'),
        ...scripts.start.split(' ').slice(1),
      ])
      const response = await fetch(await app.url())
      expect(await response.text()).toContain('<title>starter</title>')
      expect(await app.stop()).toBe(0)
    },
  )
})
