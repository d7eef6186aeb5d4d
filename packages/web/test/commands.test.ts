import { singleton } from '@myfy/di'
import { defineRoutes } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { expect, test } from 'vitest'

test('the commands print the routes and the API description', async () => {
  const greeter = singleton(() => 1)
  const routes = defineRoutes('/a', (route) => {
    route.get('/:id', { inject: { greeter }, summary: 'One thing' }, () => 1)
    route.websocket('/live', () => ({}))
  })
  await using client = await createTestClient({ routes: [routes], health: false, openapi: false })
  const command = (name: string, options = {}) => {
    const lines: string[] = []
    const found = client.web.commands().find((one) => one.name === name)!
    found.run({
      app: client.app,
      options,
      args: [],
      signal: new AbortController().signal,
      print: (line) => lines.push(line),
    })
    return lines.join('\n')
  }
  expect(command('routes')).toBe('GET     /a/:id   greeter  One thing\nWS      /a/live')
  expect(JSON.parse(command('routes', { json: true }))).toHaveLength(2)
  expect(JSON.parse(command('openapi'))).toMatchObject({ openapi: '3.1.0' })
})
