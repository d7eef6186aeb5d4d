import { defineRoutes } from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'

describe('behind a proxy', () => {
  const who = defineRoutes('', (route) => {
    route.get('/', ({ ip, url }) => ({ ip, url: url.origin }))
  })
  const forwarded = {
    'x-forwarded-for': '6.6.6.6, 203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
  }

  test.each([
    [
      'nobody is believed by default',
      false,
      { ip: '127.0.0.1', url: expect.stringMatching(/^http:\/\/127/) },
    ],
    ['the nearest hop is believed with true', true, { ip: '203.0.113.7', url: 'https://shop.example' }],
    ['two hops are believed with 2', 2, { ip: '6.6.6.6', url: 'https://shop.example' }],
    [
      'known networks are believed',
      ['127.0.0.0/8', '::1'],
      { ip: '203.0.113.7', url: 'https://shop.example' },
    ],
    ['others are not', ['10.0.0.0/8'], { ip: '127.0.0.1', url: expect.stringMatching(/^http:\/\/127/) }],
  ] as const)('%s', async (_sentence, trustProxy, expected) => {
    const { url } = await listening({ transport: { trustProxy }, web: { routes: [who] } })
    expect(await (await fetch(url, { headers: forwarded })).json()).toEqual(expected)
  })
})
