import http from 'node:http'
import { expect, test } from 'vitest'
import { renderReloadEvent } from '../../src/index.ts'
import { application, crashesWhenReady, superviseProject } from '../supervised-process.ts'

const message = (text: string) => `export const message: string = '${text}'\n`
const withMain = (port: number) => ({
  ...application(port),
  'main.ts': `import { app } from './app.ts'\nconst code = await app.run()\nconsole.log('MAIN ENDS', code)\n`,
})

test('an entry that calls app.run() is joined, and continues when its application is replaced', async () => {
  const app = await superviseProject(withMain, { entry: 'main.ts' })
  await app.next('ready')
  app.project.write({ 'message.ts': message('two') })
  await app.until('two')
  await app.printed('MAIN ENDS 0')
})

test('polling sees a change', async () => {
  const app = await superviseProject(application, { poll: 20 })
  await app.next('ready')
  app.project.write({ 'message.ts': message('two!') })
  await app.until('two!')
})

test('watch adds files, and ignore removes them', async () => {
  const app = await superviseProject((port) => ({ ...application(port), 'views/a.html': '1' }), {
    watch: ['views/**'],
    ignore: ['message.ts'],
  })
  await app.next('ready')
  app.project.write({ 'message.ts': message('ignored') })
  app.project.write({ 'views/a.html': '2' })
  expect((await app.next('ready')).kind).toBe('process')
})

test('a stream ends in order, and its client can reconnect immediately', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'app.ts': application(port)['app.ts']!.replace(
      `route.get('/pid'`,
      `route.get('/events', ({ stream }) => stream.events(async function* (ending: AbortSignal) {\n    yield { data: message }\n    await new Promise((resolve) => ending.addEventListener('abort', resolve))\n  }))\n  route.get('/pid'`,
    ),
  }))
  await app.next('ready')
  const stream = () =>
    new Promise<{ first: string; ended: Promise<boolean> }>((resolve, reject) => {
      http
        .get({ host: '127.0.0.1', port: app.port, path: '/events' }, (response) => {
          const ended = new Promise<boolean>((settle) =>
            response.once('close', () => settle(response.complete)),
          )
          response.once('data', (chunk) => resolve({ first: String(chunk), ended }))
        })
        .on('error', reject)
    })
  const first = await stream()
  expect(first.first).toContain('one')
  app.project.write({ 'message.ts': message('two') })
  expect(await first.ended).toBe(true)
  expect((await stream()).first).toContain('two')
})

test('a fatal error soon after the start shows the error page, and a change starts the application again', async () => {
  const app = await superviseProject((port) => {
    const { 'app.ts': entry, ...others } = application(port)
    return { ...others, 'app.ts': `${entry}if (message === 'one') ${crashesWhenReady('crashed on purpose')}` }
  })
  await app.next('ready')
  expect(await app.next('crashed')).toMatchObject({ code: 1, restarting: false })
  const output = await app.printed('ended with exit code 1; waiting for a change')
  expect(output.match(/waiting for a change/g)).toHaveLength(1)
  await app.until('crashed on purpose')
  expect((await app.get()).status).toBe(503)
  app.project.write({ 'message.ts': message('two') })
  await app.until('two')
})

test('a rejection that nothing awaits is named as one, with its place', async () => {
  const app = await superviseProject()
  await app.next('ready')
  await app.get('/reject')
  const output = await app.printed('rejected on purpose')
  expect(output).toMatch(
    /A promise was rejected that nothing awaits\. Await it, or handle its error\.\nrejected on purpose\n.*app\.ts:\d+:\d+/,
  )
})

test.each([
  ['SIGINT', 'stopping (SIGINT); press Ctrl+C again to force it'],
  ['SIGTERM', 'stopping (SIGTERM)'],
  ['SIGHUP', 'stopping (SIGHUP)'],
  [undefined, 'stopping; press Ctrl+C to force it'],
] as const)('a stop by %s tells a person how to force it', (signal, text) => {
  expect(renderReloadEvent({ type: 'stopping', signal, forced: false }, '/')).toBe(text)
})
