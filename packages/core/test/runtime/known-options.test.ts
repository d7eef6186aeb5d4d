import { expect, test } from 'vitest'
import { assertKnownOptions, type OptionNames } from '../../src/runtime/known-options.ts'

interface Options {
  readonly port?: number
  readonly trustProxy?: boolean
}
const names: OptionNames<Options> = { port: true, trustProxy: true }

test.each([
  [{ prot: 1 }, "Cannot use the option 'prot' of WebModule: it does not exist. Write port."],
  [
    { trustproxy: true },
    "Cannot use the option 'trustproxy' of WebModule: it does not exist. Write trustProxy.",
  ],
  [
    { database: 1 },
    "Cannot use the option 'database' of WebModule: it does not exist. Use port, trustProxy.",
  ],
])('%j is refused', (options, message) => {
  expect(() => assertKnownOptions('WebModule', options as Options, names)).toThrow(
    expect.objectContaining({ code: 'MYFY_OPTION_UNKNOWN', message }),
  )
})

test.each([[{ port: 1 }], [{ trustProxy: undefined }], [{}], [undefined], [Object.create({ inherited: 1 })]])(
  '%j is accepted',
  (options) => assertKnownOptions('WebModule', options, names),
)

test('a getter is not called', () => {
  const options: Options = {
    get port(): number {
      throw new Error('read too early')
    },
  }
  assertKnownOptions('WebModule', options, names)
})
