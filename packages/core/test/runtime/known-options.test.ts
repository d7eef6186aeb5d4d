import { expect, test } from 'vitest'
import { assertKnownOptions, type OptionNames } from '../../src/runtime/known-options.ts'

interface Options {
  readonly port?: number
  readonly trustProxy?: boolean
  readonly slash?: 'ignore' | 'strict'
  readonly host?: string
  readonly listen?: () => void
}
const names: OptionNames<Options> = {
  port: true,
  trustProxy: 'boolean',
  slash: ['ignore', 'strict'],
  host: 'text',
  listen: 'function',
}

test.each([
  [{ prot: 1 }, "Cannot use the option 'prot' of WebModule: it does not exist. Write port."],
  [
    { trustproxy: true },
    "Cannot use the option 'trustproxy' of WebModule: it does not exist. Write trustProxy.",
  ],
  [
    { database: 1 },
    "Cannot use the option 'database' of WebModule: it does not exist. Use port, trustProxy, slash, host, listen.",
  ],
])('%j is refused', (options, message) => {
  expect(() => assertKnownOptions('WebModule', options as Options, names)).toThrow(
    expect.objectContaining({ code: 'MYFY_OPTION_UNKNOWN', message }),
  )
})

test.each([
  [
    { trustProxy: 'false' },
    'Cannot use "false" as trustProxy of WebModule: it is not a boolean. Pass true or false.',
  ],
  [
    { trustProxy: null },
    'Cannot use null as trustProxy of WebModule: it is not a boolean. Pass true or false.',
  ],
  [
    { slash: 'ignored' },
    "Cannot use \"ignored\" as slash of WebModule: it is not one of its values. Use 'ignore' or 'strict'.",
  ],
  [{ host: 5 }, 'Cannot use 5 as host of WebModule: it is not a text. Pass a text.'],
  [
    { listen: {} },
    'Cannot use a value of type object as listen of WebModule: it is not a function. Pass a function.',
  ],
  [
    'strict',
    'Cannot use "strict" as the options of WebModule: it is not an object. Use port, trustProxy, slash, host, listen in an object.',
  ],
  [
    null,
    'Cannot use null as the options of WebModule: it is not an object. Use port, trustProxy, slash, host, listen in an object.',
  ],
])('the value of %j is refused', (options, message) => {
  expect(() => assertKnownOptions('WebModule', options as Options, names)).toThrow(
    expect.objectContaining({ code: 'MYFY_OPTION_INVALID', message }),
  )
})

test.each([
  [{ port: 1 }],
  [{ trustProxy: undefined }],
  [{ trustProxy: false, slash: 'strict' as const, host: '', listen: () => {} }],
  [{}],
  [undefined],
  [Object.create({ inherited: 1 })],
])('%j is accepted', (options) => assertKnownOptions<Options>('WebModule', options, names))

test('a getter is not called', () => {
  const options: Options = {
    get port(): number {
      throw new Error('read too early')
    },
    get trustProxy(): boolean {
      throw new Error('read too early')
    },
  }
  assertKnownOptions('WebModule', options, names)
})
