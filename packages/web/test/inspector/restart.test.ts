// The inspector of an application that starts again, for a client that has connected before it listens.

import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { freePort, project, start, write } from '../../../cli/test/project.ts'

const source = `
import { existsSync, watch } from 'node:fs'
import { Application, defineModule } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('', (route) => {
  route.get('/crash', () => {
    setImmediate(() => { throw new Error('out of order') })
    return 'crashing'
  })
})
const held = () => existsSync(new URL('held/file', import.meta.url))
const gate = defineModule({
  name: 'gate',
  start: () => new Promise((resolve) => {
    if (!held()) return resolve()
    const watcher = watch(new URL('held', import.meta.url), () => {
      if (held()) return
      watcher.close()
      resolve()
    })
    console.log('HELD')
  }),
})
export const app = new Application().addModule(gate).addModule(new WebModule({ routes: [routes] }))
`

test('answers it with its data', async () => {
  const cwd = project({ 'app.mjs': source, 'held/other': '' })
  const port = await freePort()
  const running = start(['run', 'app.mjs', '--port', String(port)], { cwd })
  await running.until('➜')
  await fetch(`http://localhost:${port}/crash`)
  await running.until('waiting for a change')
  write(cwd, { 'held/file': '', 'app.mjs': `${source}\n` })
  await running.until('HELD')
  const client = connect(port, '127.0.0.1')
  const answer = text(client)
  await new Promise<void>((resolve) => {
    client.write(
      `GET /_myfy/data.json HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`,
      () => resolve(),
    )
  })
  rmSync(join(cwd, 'held/file'))
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  running.kill('SIGTERM')
  await running.ended
})
