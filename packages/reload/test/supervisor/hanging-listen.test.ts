import { expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

/** An application whose second transport listens as `broker.ts` says, after the first one has taken the socket. */
const files = (port: number) => {
  const { 'app.ts': entry, ...others } = application(port)
  return {
    ...others,
    'broker.ts': CONNECTS,
    'app.ts': `import { connect } from './broker.ts'
${entry}
app.addModule(defineModule({
  name: 'consumer',
  transports: () => [{
    name: 'broker',
    async listen({ signal }) { console.log('LISTENING'); await connect(signal) },
    drain: async () => {},
    close() {},
  }],
}))
`,
  }
}
const CONNECTS = 'export const connect = async (_signal: AbortSignal) => {}\n'
const HANGS = `export const connect = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
`

test('a transport that hangs while it listens keeps neither the next save nor the port', async () => {
  const app = await superviseProject(files)
  await app.next('ready')
  for (const text of ['two', 'three']) {
    const taken = app.output().split('LISTENING').length
    app.project.write({ 'broker.ts': `${HANGS}// before ${text}\n` })
    await app.printed(new RegExp(`(?:LISTENING[^]*){${taken}}`))
    app.project.write({
      'broker.ts': CONNECTS,
      'message.ts': `export const message = '${text}'\n`,
    })
    await app.until(text)
  }
  // The application that is replaced has ended by now: the port belongs to the one that serves.
  await app.next('replaced')
  expect((await app.get()).body).toContain('three')
  app.process.kill('SIGTERM')
  expect(await app.exited).toMatchObject({ code: 0 })
})
