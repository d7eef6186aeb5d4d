import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'

let client: TestClient
beforeAll(async () => {
  client = await createTestClient(createApp())
})
afterAll(() => client.close())

test('greets by name', async () => {
  const response = await client.get('/hello/Ada')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ message: 'Hello Ada' })
})

test('answers 404 to other paths', async () => {
  expect((await client.get('/goodnight')).status).toBe(404)
})
