// The helper functions of lowered syntax (`using`, legacy decorators), loaded when one is called.

import { createRequire } from 'node:module'

/** Has each helper as a property of its name. */
export const runtimeHelpers: object = new Proxy(
  {},
  {
    get(_, name) {
      const helper = createRequire(import.meta.url)(`@oxc-project/runtime/helpers/${String(name)}`)
      return helper.default ?? helper
    },
  },
)
