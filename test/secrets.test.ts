// The secrets of an application appear nowhere, wherever their text leaves its processes.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test, vi } from 'vitest'
import { launch, myfy, type Running, start, write } from '../packages/cli/test/project.ts'
import { freePort } from './free-port.ts'
import { exampleProject } from './project.ts'
import { files } from './secrets/application.ts'
import { secrets, settings } from './secrets/list.ts'

const TOKEN = 'a-token-of-enough-length'
const cwd = exampleProject()
write(cwd, files)

/** The environment of a process that fails at a place. */
const env = (fail: string, more: Record<string, string> = {}) => ({
  ...settings,
  FAIL: fail,
  LOG_FORMAT: 'text',
  ...more,
})
const ended = async (words: readonly string[], fail: string, more?: Record<string, string>) =>
  (await myfy(words, { cwd, env: env(fail, more) })).output
const plain = async (fail: string, more?: Record<string, string>) =>
  (await launch(process.execPath, [join(cwd, 'main.mjs')], { cwd, env: env(fail, more) }).ended).output

async function stopped(running: Running): Promise<string> {
  running.kill('SIGTERM')
  return (await running.ended).output
}

/** Sends what a client may send that must not be logged. */
function ask(url: string, path: string, method = 'GET'): Promise<string> {
  const headers = {
    authorization: path.startsWith('/_myfy') ? `Bearer ${TOKEN}` : 'Bearer header-abc.def-123',
    cookie: 'sid=line-sid-1',
    'x-api-key': 'header-key-1',
  }
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers }, async (response) => {
      const body = String(Buffer.concat(await response.toArray()))
      resolve(`${JSON.stringify(response.headers)}\n${body}`)
    })
    sent.on('error', reject).end()
  })
}

interface Serving {
  readonly running: Running
  readonly url: string
}

async function serve(
  fail: string,
  more: Record<string, string> = {},
  words = ['start', 'app.mjs'],
): Promise<Serving> {
  const running = start(words, { cwd, env: env(fail, more) })
  const [, url] = await running.until(/(http:\/\/127\.0\.0\.1:\d+)/)
  return { running, url: url! }
}

/** Answers of an application that serves, and has answered a request that failed. */
async function answers(
  fail: string,
  paths: readonly string[],
  more?: Record<string, string>,
): Promise<string> {
  const { running, url } = await serve(fail, more)
  let text = await ask(url, '/boom?access_token=query-token-1')
  for (const path of paths) text += await ask(url, path)
  return text + (await stopped(running))
}

async function inspected(): Promise<string> {
  const { running, url } = await serve('background')
  await ask(url, '/boom?access_token=query-token-1')
  await ask(url, '/spent/Tr0ub4dor-word?password=open-sesame')
  const inspector = { MYFY_INSPECTOR_TOKEN: TOKEN }
  const outputs = await Promise.all([
    ended(['inspect', '--json', '--url', `${url}/_myfy`], '', inspector),
    ended(['inspect', '--url', `${url}/_myfy`], '', inspector),
    asked(`${url}/_myfy`),
  ])
  await stopped(running)
  return outputs.join('\n')
}

/** The answers of every tool of the MCP server. */
async function asked(url: string): Promise<string> {
  const bin = join(cwd, 'node_modules/@myfy/mcp/bin/myfy-mcp.js')
  const child = spawn(process.execPath, [bin, '--url', url], {
    env: { ...process.env, MYFY_INSPECTOR_TOKEN: TOKEN },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let id = 0
  const call = async (method: string, params: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })}\n`)
    return (await lines.next()).value as string
  }
  const client = { name: 'test', version: '0' }
  await call('initialize', { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: client })
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
  const { result } = JSON.parse(await call('tools/list', {})) as {
    result: { tools: Array<{ name: string }> }
  }
  let text = ''
  for (const { name } of result.tools)
    text += await call('tools/call', { name, arguments: name === 'get_request' ? { id: '' } : {} })
  child.stdin.end()
  await once(child, 'exit')
  return text
}

async function errorPage(): Promise<string> {
  const port = await freePort()
  const running = start(['run', 'app.mjs', '--port', String(port)], { cwd, env: env('start') })
  await running.until('waiting for a change')
  // The page begins to listen when the failure is printed.
  const page = await vi.waitFor(() => ask(`http://127.0.0.1:${port}`, '/'), 20_000)
  return page + (await stopped(running))
}

async function tasks(): Promise<string> {
  const data = { DATA: join(cwd, '.data-of-tasks') }
  const { running, url } = await serve('', data)
  const job = await ask(url, '/send', 'POST')
  await running.until(/the task work failed/)
  const log = await stopped(running)
  const list = await ended(['tasks', 'list', '--app', 'app.mjs', '--json'], '', data)
  const [{ id }] = JSON.parse(list.slice(list.indexOf('['), list.lastIndexOf(']') + 1)) as [{ id: string }]
  const shown = await ended(['tasks', 'show', id, '--app', 'app.mjs'], '', data)
  // The input is shown, without its secrets.
  expect(shown).toContain('"password": "***"')
  return [job, log, list, shown].join('\n')
}

/** What leaves the processes, and the mark of the error that is in it. */
const surfaces: Readonly<Record<string, readonly [mark: RegExp, produce: () => Promise<string>]>> = {
  ...Object.fromEntries(
    ['import', 'configure', 'start'].flatMap((place) =>
      [
        ['myfy start', () => ended(['start', 'app.mjs'], place)],
        ['myfy start, in JSON', () => ended(['start', 'app.mjs', '--log-format', 'json'], place)],
        ['myfy run', () => ended(['run', '--no-reload', 'app.mjs'], place)],
        ['myfy doctor', () => ended(['doctor', '--app', 'app.mjs'], place)],
        ['myfy doctor --json', () => ended(['doctor', '--app', 'app.mjs', '--json'], place)],
        ...(place === 'start'
          ? []
          : ['modules', 'providers', 'plan', 'graph', 'routes', 'openapi'].flatMap((command) => [
              [`myfy ${command}`, () => ended([command, '--app', 'app.mjs'], place)],
              [`myfy ${command} --json`, () => ended([command, '--app', 'app.mjs', '--json'], place)],
            ])),
      ].flatMap(([name, produce]) =>
        place === 'start' && String(name).includes('doctor')
          ? []
          : [[`${name}, failing at ${place}`, [new RegExp(`MARK-${place}`), produce]]],
      ),
    ),
  ),
  'node, failing at start': [/MARK-start/, () => plain('start')],
  'node, failing at start, in JSON': [/MARK-start/, () => plain('start', { LOG_FORMAT: 'json' })],
  'myfy start --workers': [/MARK-start/, () => ended(['start', 'app.mjs', '--workers', '2'], 'start')],
  'an import of myfy start --workers': [
    /MARK-import/,
    () => ended(['start', 'app.mjs', '--workers', '2'], 'import'),
  ],
  'invalid settings': [/SIGNING_SECRET/, () => ended(['start', 'app.mjs'], 'settings')],
  'invalid settings of myfy doctor': [
    /SIGNING_SECRET/,
    () => ended(['doctor', '--app', 'app.mjs', '--json'], 'settings'),
  ],
  'an uncaught error': [/MARK-uncaught/, () => ended(['start', 'app.mjs'], 'uncaught')],
  'an uncaught error under node, in JSON': [/MARK-uncaught/, () => plain('uncaught', { LOG_FORMAT: 'json' })],
  'an unhandled rejection': [/MARK-rejection/, () => ended(['start', 'app.mjs'], 'rejection')],
  'a check of myfy doctor': [/MARK-diagnose/, () => ended(['doctor', '--app', 'app.mjs'], 'diagnose')],
  'a check of myfy doctor --json': [
    /MARK-diagnose/,
    () => ended(['doctor', '--app', 'app.mjs', '--json'], 'diagnose'),
  ],
  'a command of a module': [/MARK-command/, () => ended(['fragile', '--app', 'app.mjs'], '')],
  'a command of a module, with --json': [
    /MARK-command/,
    () => ended(['fragile', '--app', 'app.mjs', '--json'], ''),
  ],
  'the help of myfy': [/MARK-import/, () => ended(['--help', '--app', 'app.mjs'], 'import')],
  'a stop': [/MARK-stop/, async () => stopped((await serve('stop')).running)],
  'the log of a request': [/MARK-handler/, () => answers('', ['/spent/Tr0ub4dor-word?password=open-sesame'])],
  'the log of a request, in JSON': [/MARK-handler/, () => answers('', [], { LOG_FORMAT: 'json' })],
  'a path without a route': [/no route/, () => answers('', ['/Tr0ub4dor-word?access_token=query-token-1'])],
  'health and description': [
    /MARK-health/,
    () => answers('health', ['/health', '/health/ready', '/health/live', '/openapi.json', '/docs']),
  ],
  'myfy health': [
    /MARK-health/,
    async () => {
      const { running, url } = await serve('health')
      const text = await ended(['health', '--json', '--url', `${url}/health`], '')
      return text + (await stopped(running))
    },
  ],
  'an address with credentials': [
    /Cannot/,
    async () =>
      (await ended(
        ['health', '--json', '--url', 'http://bob:url-pw-1@127.0.0.1:9/health?access_token=query-token-1'],
        '',
      )) + (await ended(['inspect', '--json', '--url', 'http://bob:url-pw-1@127.0.0.1:9/_myfy'], '')),
  ],
  'the inspector': [/MARK-handler/, inspected],
  'the error page of myfy run': [/MARK-start/, errorPage],
  'failed jobs': [/MARK-task/, tasks],
  'myfy prove': [/MARK-start/, () => ended(['prove', 'app.mjs', '--time', '2s', '--no-test'], 'start')],
  'myfy prove --json': [
    /MARK-start/,
    () => ended(['prove', 'app.mjs', '--time', '2s', '--no-test', '--json'], 'start'),
  ],
}

const hidden = [
  ...secrets.map(([name, , secret]) => [name, secret]),
  ['a header in a field', 'field-token'],
  ['a cookie in a field', 'field-sid'],
]

describe.each(Object.entries(surfaces))('the output of %s', (_name, [mark, produce]) => {
  // Some start ten processes, and an embedded database in each.
  test('has the error, and none of the secrets', { timeout: 240_000 }, async () => {
    const text = await produce()
    expect(text).toMatch(mark)
    expect(hidden.filter(([, secret]) => text.includes(secret!)).map(([name]) => name)).toEqual([])
  })
})
