import { defineModule } from '@myfy/core'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'

describe('health', () => {
  const state = { database: true }
  const database = defineModule({
    name: 'database',
    isHealthy() {
      if (!state.database) throw new Error('password=hunter2 refused')
      return true
    },
  })

  test('is reported for the application and each module, with reasons without secrets only when details are enabled', async () => {
    await using client = await createTestClient({ modules: [database], routes: [] })
    state.database = true
    expect(await (await client.get('/health')).json()).toMatchObject({
      healthy: true,
      checks: { database: { healthy: true } },
    })
    state.database = false
    const sick = await client.get('/health')
    expect(sick.status).toBe(503)
    expect(await sick.text()).not.toContain('hunter2')
    expect((await client.get('/health/live')).status).toBe(200)
    state.database = true
    await using open = await createTestClient({
      modules: [database],
      health: { details: true, path: '/status' },
    })
    state.database = false
    const reasons = await (await open.get('/status')).text()
    expect(reasons).toContain('refused')
    expect(reasons).not.toContain('hunter2')
    state.database = true
  })
})
