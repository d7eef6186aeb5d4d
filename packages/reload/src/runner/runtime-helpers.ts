// What lowered syntax calls at run time (`using`, legacy decorators), loaded when it is first needed.

import { createRequire } from 'node:module'

/** Each property is the helper of that name. */
export const runtimeHelpers: object = new Proxy(
  {},
  {
    get(_, name) {
      const helper = createRequire(import.meta.url)(`@oxc-project/runtime/helpers/${String(name)}`)
      return helper.default ?? helper
    },
  },
)
