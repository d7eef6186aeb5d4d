import { Application, consoleLogger } from '@myfy/core'
import { defineRoutes, HTTPException, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'

describe.each([
  ['text', false],
  ['JSON', true],
])('a handler that throws, in a %s log', (_, json) => {
  test('is logged with its message, its stack, and the id of the answer', async () => {
    const lines: string[] = []
    const logger = consoleLogger({ json, color: false, write: (line) => lines.push(line) })
    const routes = defineRoutes('', (route) => {
      route.get('/boom', () => {
        throw new Error('out of order')
      })
    })
    const app = new Application({ logger, modules: [new WebModule({ routes: [routes], port: 0 })] })
    await using client = await createTestClient(app)
    const response = await client.get('/boom')
    const { id } = (await response.json()) as { id: string }
    const line = lines.find((text) => text.includes('out of order'))
    expect(id).toBeTruthy()
    expect(line).toContain(id)
    expect(line).toContain('GET /boom failed')
    expect(line).toContain('error-log.test.ts')
  })

  test('has no frames of the framework if its time limit has passed, and those of its own exception', async () => {
    const lines: string[] = []
    const logger = consoleLogger({ json, color: false, write: (line) => lines.push(line) })
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const routes = defineRoutes('', (route) => {
      route.get('/slow', { timeout: 20 }, () => ended)
      route.get('/away', () => {
        throw new HTTPException(503, { detail: 'closed today' })
      })
    })
    const app = new Application({ logger, modules: [new WebModule({ routes: [routes], port: 0 })] })
    await using client = await createTestClient(app)
    expect((await client.get('/slow')).status).toBe(503)
    end()
    expect((await client.get('/away')).status).toBe(503)
    const [slow] = lines.filter((line) => line.includes('took too long'))
    expect(slow).toContain('HTTPException: the request took too long')
    expect(slow).not.toMatch(/ at .*:\d+:\d+/)
    const [away] = lines.filter((line) => line.includes('closed today'))
    expect(away).toContain('error-log.test.ts')
  })
})
