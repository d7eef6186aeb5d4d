import { HTTPTransport, WebModule } from '@myfy/web'
import { expect, test } from 'vitest'

test('a configured transport replaces the default one', () => {
  const transport = new HTTPTransport({ port: 0 })
  expect(new WebModule({ transport }).transports()).toEqual([transport])
})
