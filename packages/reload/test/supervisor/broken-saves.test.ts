// A save that does not load × what serves at that moment: the line below its error tells the truth.

import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { untilFile } from '../../../../test/until-file.ts'
import { application, crashesWhenReady, type Supervised, superviseProject } from '../supervised-process.ts'

const broken = { 'message.ts': 'export const message = {{' }
const good = (text: string) => ({ 'message.ts': `export const message: string = '${text}'\n` })

/** An application that starts as soon as there is a file `go`, and ends its process by a request. */
const waiting = (port: number, beforeServing = '') => {
  const files = application(port)
  return {
    ...files,
    go: '',
    'app.ts': files['app.ts']!.replace(
      `route.get('/pid'`,
      `route.get('/kill', () => { process.kill(process.pid, 'SIGKILL') })
  route.get('/pid'`,
    ),
    'data.ts': `import { BaseModule } from '@myfy/core'
export class DataModule extends BaseModule {
  constructor() { super('data') }
  async start({ app }) {
    console.log('STARTS')
    ${untilFile('go')}
    ${beforeServing}
  }
}
`,
  }
}

const status = (app: Supervised) =>
  app.get().then(
    (answer) => answer.status,
    () => undefined,
  )

/** Saves a file that does not load, and returns what the terminal says below its error. */
async function saveBroken(app: Supervised): Promise<string> {
  const from = app.output().length
  app.project.replace(broken)
  const told = () =>
    /\n(.*(?:last working version.*|waiting for a change))\n/.exec(app.output().slice(from))?.[1]
  await expect.poll(told, { timeout: 30_000 }).toBeDefined()
  return told()!
}

/** Waits for another start of the application, which waits for the file `go`. */
const starts = (app: Supervised, times: number) =>
  expect.poll(() => app.output().match(/^STARTS$/gm)?.length, { timeout: 30_000 }).toBe(times)

/** Expects that the last working version serves again, and then a repair. */
async function servesAgain(app: Supervised): Promise<void> {
  app.project.write({ go: '' })
  await app.until('"one"')
  await app.printed(/restarted in \d/)
  app.project.replace(good('two'))
  await app.until('"two"')
}

test('it runs: it still serves', async () => {
  const app = await superviseProject(waiting)
  await app.next('ready')
  expect(await saveBroken(app)).toBe('still serving the last working version')
  expect(await status(app)).toBe(200)
})

test('it has never started: the page waits for a change', async () => {
  const app = await superviseProject((port) => ({ ...waiting(port), ...broken }))
  await app.next('failed')
  app.project.replace({ 'message.ts': 'export const message = ((' })
  await app.next('failed')
  expect(app.output().match(/waiting for a change/g)).toHaveLength(2)
  await expect.poll(() => status(app), { timeout: 20_000 }).toBe(503)
  expect(app.output()).not.toContain('last working version')
})

test('its process was killed and another one starts: nothing serves until that has started', async () => {
  const app = await superviseProject(waiting)
  await app.next('ready')
  rmSync(app.project.file('go'))
  await app.get('/kill').catch(() => {})
  expect(await app.next('crashed')).toMatchObject({ restarting: true })
  await starts(app, 2)
  expect(await saveBroken(app)).toBe('starting the last working version again')
  await servesAgain(app)
})

test('it ended at once, and waits for a change: it is not started again', async () => {
  const app = await superviseProject((port) => waiting(port, crashesWhenReady('ends at once')))
  expect(await app.next('crashed')).toMatchObject({ restarting: false })
  expect(await saveBroken(app)).toBe('waiting for a change')
  await expect.poll(() => status(app), { timeout: 20_000 }).toBe(503)
  await starts(app, 1)
})

test('another process takes over: the running one still serves', async () => {
  const app = await superviseProject(waiting)
  await app.next('ready')
  rmSync(app.project.file('go'))
  app.project.write({ '.env': 'A=1' })
  await starts(app, 2)
  expect(await saveBroken(app)).toBe('still serving the last working version')
  expect(await status(app)).toBe(200)
  app.project.write({ go: '' })
  app.project.replace(good('two'))
  await app.until('"two"')
})

test('it finishes requests after a fatal error: it does not serve, and a repair does', async () => {
  const app = await superviseProject((port) => {
    const files = waiting(port)
    // As in an application that has run for a while.
    return {
      ...files,
      'app.ts': files['app.ts'].replace(
        `route.get('/slow', async () => { while (!existsSync('go'))`,
        `route.get('/slow', async () => { while (!existsSync('done'))`,
      ),
    }
  })
  await app.next('ready')
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  const slow = app.get('/slow').catch(() => undefined)
  await app.get('/crash')
  await app.printed('crashed on purpose')
  expect(await saveBroken(app)).toBe('starting the last working version again')
  app.project.write({ done: '' })
  expect((await slow)?.status).toBe(200)
  app.project.replace(good('two'))
  await app.until('"two"')
  expect((await app.get('/pid')).status).toBe(200)
})

test.each([
  ['in its process', {}],
  ['in another process', { '.env': 'A=1' }],
])('it is killed while a repair starts %s: the repair serves', async (_, environment) => {
  const app = await superviseProject(waiting)
  await app.next('ready')
  rmSync(app.project.file('go'))
  app.project.replace({ ...good('two'), 'data.ts': `${waiting(0)['data.ts']}// repaired\n`, ...environment })
  await starts(app, 2)
  await app.get('/kill').catch(() => {})
  await app.next('crashed')
  app.project.write({ go: '' })
  await app.until('"two"')
  expect(app.output()).not.toMatch(/waiting for a change|last working version/)
  expect(app.count('failed')).toBe(0)
})
