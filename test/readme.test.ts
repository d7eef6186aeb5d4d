// The example of the README prints the output that the README shows.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { blocks, read, root } from './markdown.ts'
import { exampleProject } from './project.ts'

test('the example of the README prints its output, and answers the accepted requests', async () => {
  const [example] = blocks('README.md')
  const picture = /^```text\n([\s\S]*?)^```/m.exec(read('README.md'))?.[1]
  const project = exampleProject()
  // A slower query: the signal arrives before the answers on a busy machine too.
  const code = example!.code.replace('port: 8000', 'port: 0').replace('sleep(500)', 'sleep(3_000)')
  writeFileSync(join(project, 'app.ts'), code)
  const command = [join(root, 'packages/cli/bin/myfy.js'), 'start', 'app.ts']
  // Both streams in one pipe, as in a terminal, to keep the order of their lines.
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', process.execPath, ...command], {
    cwd: project,
    env: { ...process.env, NO_COLOR: '1', LOG_LEVEL: 'info', LOG_FORMAT: 'text' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const url = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      output += more
      const told = /listening on (http:\/\/\S+)[\s\S]*ready in/.exec(output)
      if (told) resolve(told[1]!)
    })
  })
  const exited = once(child, 'close')
  try {
    const base = await Promise.race([url, exited.then(() => Promise.reject(new Error(output)))])
    const five = Array.from({ length: 5 }, (_, i) => ask(`${base}/hello/${i}`))
    // Requests sent earlier have arrived when these are answered.
    for (let i = 0; i < 5; i++) await ask(`${base}/health/live`)
    child.kill('SIGINT')
    expect(await Promise.all(five)).toEqual([0, 1, 2, 3, 4].map((name) => `Hello, ${name}`))
    expect(await exited).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
  expect(steady(output)).toBe(steady(picture ?? ''))
})

test('the example of the README has 15 lines', () => {
  const lines = blocks('README.md')[0]!.code.replace('\nexport {}\n', '').trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(15)
})

/** Sends a request on a separate connection. */
async function ask(url: string): Promise<string> {
  const [response] = await once(get(url, { agent: false }), 'response')
  return text(response)
}

/** Removes the parts that differ between runs, such as the progress that a drain of more than a second reports. */
const steady = (text: string) =>
  text
    .replace(/^.*in flight; waiting for .*\n/gm, '')
    .replace(/\d\d:\d\d:\d\d\.\d{3}/g, '<time>')
    .replace(/\d+(?:\.\d+)? (?:ms|s)\b/g, '<duration>')
    .replace(/localhost:\d+/g, 'localhost')
    .replace(/node v\S+/g, 'node')
    .trim()
