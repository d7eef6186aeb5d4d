// What an assistant and `myfy inspect` learn of an application that ends while they look at it.

import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../../test/free-port.ts'
import { myfy, project, start, write } from '../../cli/test/project.ts'
import { crashesWhenReady } from '../../reload/test/supervised-process.ts'

const serving = (port?: number) => `
import { Application } from '@myfy/core'
import { WebModule } from '@myfy/web'
export const app = new Application().addModule(new WebModule({ port: ${port} }))
`
const crashing = (port?: number) => serving(port) + crashesWhenReady('out of order')
const line =
  crashing()
    .split('\n')
    .findIndex((text) => text.includes('out of order')) + 1

/** Several processes start one after the other. */
const SLOW = 180_000

interface Overview {
  readonly application: { readonly pid: number; readonly state: string }
}

const program = fileURLToPath(new URL('../bin/myfy-mcp.js', import.meta.url))

/** @param options - the options of `myfy run` */
async function open(options: readonly string[], port?: number) {
  const cwd = project({ 'app.mjs': serving(port) })
  const running = start(['run', 'app.mjs', ...options], { cwd })
  onTestFinished(() => running.kill('SIGKILL'))
  const [, address] = await running.until(/➜\s+(http:\/\/[\w.:]+)/)
  const url = `${address}/_myfy`
  const client = new Client({ name: 'test', version: '0' })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [program, '--url', url] }))
  onTestFinished(() => client.close())
  const asTool = async (): Promise<Overview | string> => {
    const { content, isError } = (await client.callTool({ name: 'application_overview' })) as {
      content: Array<{ text: string }>
      isError?: boolean
    }
    return isError ? content[0]!.text : (JSON.parse(content[0]!.text) as Overview)
  }
  return {
    cwd,
    running,
    /** Asks the tool until its answer is this. */
    async until(expected: (answer: Overview | string) => boolean) {
      let answer = await asTool()
      while (!expected(answer)) answer = await asTool()
    },
    /** The answers of both: the data, or the message of the error. */
    async ask(): Promise<ReadonlyArray<Overview | string>> {
      const { code, stdout } = await myfy(['inspect', '--json', '--url', url], { cwd })
      const printed = JSON.parse(stdout) as Overview & { error?: { message: string } }
      return [await asTool(), code === 0 ? printed : printed.error!.message]
    },
  }
}

const pidsOf = (answers: ReadonlyArray<Overview | string>) =>
  answers.map((one) => (typeof one === 'string' ? one : one.application.pid))

/** The ways to choose a port: the options of `myfy run`, and the port in the code. */
const ways: Readonly<Record<string, () => Promise<readonly [options: readonly string[], port?: number]>>> = {
  'of the command line': async () => [['--port', String(await freePort())]],
  'of its code': async () => [[], await freePort()],
}

test.each(Object.keys(ways))(
  'a crash of an application on a port %s is reported with its error, its place and its time, and so is the process after the recovery',
  async (way) => {
    const [options, port] = await ways[way]!()
    const { cwd, running, ask, until } = await open(options, port)
    const [pid, ...others] = pidsOf(await ask())
    expect(others).toEqual([pid])

    const began = new Date()
    write(cwd, { 'app.mjs': crashing(port) })
    await running.until('waiting for a change')
    const failure =
      /^Cannot inspect http:\S+: the application has not run since (\S+)\. The application has ended: out of order \((\S+)\)$/
    // The page begins to listen when the failure is printed.
    await until((answer) => failure.test(String(answer)))
    for (const answer of await ask()) {
      expect(answer).toMatch(failure)
      const [, since, place] = failure.exec(answer as string)!
      expect(new Date(since!).getTime()).toBeGreaterThanOrEqual(began.getTime())
      expect(new Date(since!).getTime()).toBeLessThanOrEqual(Date.now())
      expect(place).toContain(`app.mjs:${line}:`)
    }

    write(cwd, { 'app.mjs': serving(port) })
    await until((answer) => typeof answer !== 'string')
    for (const answer of await ask()) expect(answer).toMatchObject({ application: { state: 'running' } })
    running.kill('SIGTERM')
    await running.ended
  },
  SLOW,
)

test(
  'a process that replaces a killed one is the one that answers',
  async () => {
    const { running, ask, until } = await open(['--port', String(await freePort())])
    const [pid] = pidsOf(await ask()) as [number]
    process.kill(pid, 'SIGKILL')
    await until((answer) => typeof answer !== 'string' && answer.application.pid !== pid)
    const [next, ...others] = pidsOf(await ask())
    expect(others).toEqual([next])
    running.kill('SIGTERM')
    await running.ended
  },
  SLOW,
)
