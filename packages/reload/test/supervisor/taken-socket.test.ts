// An application that has the socket and does not serve yet may have accepted requests: whatever ends it, they are answered.

import { describe, expect, test } from 'vitest'
import { type Answer, application, type Supervised, superviseProject } from '../supervised-process.ts'

const message = (text: string) => ({ 'message.ts': `export const message: string = '${text}'\n` })
const broker = (listens: string) => ({
  'broker.ts': `import { existsSync } from 'node:fs'
const go = async () => { while (!existsSync('listens')) await new Promise(setImmediate) }
export const connect = async (signal: AbortSignal) => { ${listens} }
`,
})
const CONNECTS = broker('void [go, signal]')
const WAITS = broker('void signal; await go()')
const FAILS = broker(`void signal; await go(); throw new Error('no broker')`)
const HANGS = broker(
  `void go; await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))`,
)

/** An application whose second transport listens as `broker.ts` says, after the first one has taken the socket. */
const files = (port: number) => {
  const { 'app.ts': entry, ...others } = application(port)
  const slow = `route.get('/slow', async () => { console.log('ENTERED ' + message);`
  return {
    ...others,
    ...CONNECTS,
    'app.ts': `import { connect } from './broker.ts'
${entry!.replace(`route.get('/slow', async () => {`, slow)}
app.addModule(defineModule({
  name: 'consumer',
  transports: () => [{
    name: 'broker',
    listen: ({ signal }) => connect(signal),
    drain: async () => {},
    close() {},
  }],
}))
`,
  }
}

/** Sends requests that wait for the file `go` until one is in the process of this version. */
async function enter(app: Supervised, version: string): Promise<Array<Promise<Answer>>> {
  const requests: Array<Promise<Answer>> = []
  const entered = () => app.output().split('ENTERED').length - 1
  while (!app.output().includes(`ENTERED ${version}`)) {
    requests.push(app.get('/slow'))
    while (entered() < requests.length) await new Promise(setImmediate)
  }
  return requests
}

describe.each([
  ['in a new process', { '.env': 'A=1\n' }],
  ['in the process of the running one', {}],
])('%s', (_, environment) => {
  test.each([
    ['a save', WAITS, { ...CONNECTS, ...message('three') }, 'three'],
    ['a new environment', WAITS, { ...CONNECTS, ...message('three'), '.env': 'A=2\n' }, 'three'],
    ['a save after which it hangs', HANGS, { ...CONNECTS, ...message('three') }, 'three'],
    ['a save after which it fails', FAILS, { ...CONNECTS, ...message('three') }, 'three'],
    ['its failure', FAILS, undefined, 'one'],
  ])(
    '%s',
    async (_, listens, save, served) => {
      const app = await superviseProject(files)
      await app.next('ready')
      app.project.write({ ...listens, ...message('two'), ...environment })
      const requests = await enter(app, 'two')
      if (save) app.project.replace(save)
      app.project.write({ listens: '' })
      if (served !== 'three') expect(await app.next('failed')).toMatchObject({ serving: true })
      await app.until(`"${served}"`)
      app.project.write({ go: '' })
      const statuses = (await Promise.all(requests)).map(({ status }) => status)
      expect(new Set(statuses), app.output()).toEqual(new Set([200]))
      app.process.kill('SIGTERM')
      expect(await app.exited).toEqual({ code: 0, signal: null })
    },
    60_000,
  )
})

test('a save that does not start leaves the new process that has taken the socket as the last working version', async () => {
  const app = await superviseProject(files)
  await app.next('ready')
  app.project.write({ ...WAITS, ...message('two'), '.env': 'A=1\n' })
  const requests = await enter(app, 'two')
  app.project.replace({ 'message.ts': `throw new Error('no message')` })
  app.project.write({ listens: '' })
  expect(await app.next('failed')).toMatchObject({ serving: true })
  await app.until('"two"')
  app.project.write({ go: '' })
  expect(new Set((await Promise.all(requests)).map(({ status }) => status))).toEqual(new Set([200]))
}, 60_000)
