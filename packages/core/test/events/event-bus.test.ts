import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Application, defineModule, type LifecycleEvent } from '@myfy/core'
import { describe, expect, test } from 'vitest'
import { assertNever } from '../../src/events/events.ts'
import { quiet } from '../quiet.ts'

describe('events', () => {
  test('reach the diagnostics channel, every one', async () => {
    const seen: string[] = []
    const listener = (message: unknown) => void seen.push((message as { event: LifecycleEvent }).event.type)
    subscribe('myfy:lifecycle', listener)
    const own: string[] = []
    const app = new Application({ logger: quiet, modules: [defineModule({ name: 'a', start() {} })] })
    app.on('*', (event) => own.push(event.type))
    await app.startModules()
    await app.stopModules()
    unsubscribe('myfy:lifecycle', listener)
    expect(seen).toEqual(own)
    expect(seen).toContain('module.started')
  })

  test('are typed by their name, and the union is closed', () => {
    const app = new Application({ logger: quiet })
    app.on('module.started', (event) => event.ms satisfies number)
    // @ts-expect-error there is no such event
    app.on('module.exploded', () => {})
    const exhausted = (type: 'a' | 'b') => {
      if (type === 'a') return
      // @ts-expect-error 'b' is not handled
      assertNever(type)
    }
    expect(() => exhausted('b')).toThrow('Cannot handle "b"')
  })

  test('continue when a listener throws', async () => {
    const app = new Application({ logger: quiet })
    const seen: string[] = []
    app.on('state', () => {
      throw new Error('listener')
    })
    app.on('state', ({ to }) => seen.push(to))
    await app.initialize()
    expect(seen).toEqual(['initializing', 'initialized'])
  })

  test('end when they are no longer wanted', async () => {
    const app = new Application({ logger: quiet })
    let n = 0
    app.on('state', () => void n++)()
    await app.initialize()
    expect(n).toBe(0)
  })
})
